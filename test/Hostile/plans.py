#!/usr/bin/env python3
"""Plans that mean harm, through dtc-compile.

    plans.py FIXTURES SCRATCH
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Inputs"))
from attempt import Attempts  # noqa: E402

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))

#: name -> (text of the plan, what the message must say beside the file's name)
REFUSED = {
    "no_text": (bytes(range(256)), []),
    "nul": (b"mesh: {tp: 2}\0\nparallelize: {}\n", []),
    "broken_utf8": (b"mesh: {tp: 2}\nparallelize: {\"\xff\xfe\": colwise}\n", []),
    "number": ("42\n", []),
    "list": ("- mesh\n- tp\n", []),
    "scalar_for_a_mapping": ("parallelize: colwise\n", [":1:", "parallelize"]),
    "two_documents": ("mesh: {tp: 2}\n---\nmesh: {tp: 4}\n", []),
    "anchor": ("mesh: &m {tp: 2}\n", [":1:"]),
    "alias_bomb": (BOMB, [":1:"]),
    "alias_of_itself": ("mesh: &m {tp: *m}\n", [":1:"]),
    "merge_key": ("mesh: {tp: 2}\nparallelize: {<<: *m}\n", [":2:"]),
    "tag": ("mesh: !!python/object/apply:os.system [\"touch pwned\"]\n", [":1:"]),
    "deep_flow": ("parallelize: " + "[" * 100000 + "]" * 100000 + "\n", []),
    "deep_flow_open": ("parallelize: " + "[" * 100000, []),
    "deep_flow_mappings": ("parallelize: " + "{a: " * 100000 + "1" + "}" * 100000, []),
    "deep_blocks": ("".join(" " * i + "a:\n" for i in range(3000)), []),
    "seventeen_mebibytes": ("# " + "x" * (17 << 20) + "\n", ["16777216 bytes"]),
    "two_million_values": ("placements: [" + "1," * (1 << 21) + "]\n", []),
    "key_twice": ("mesh: {tp: 2}\nmesh: {tp: 4}\n", [":2:", "mesh"]),
    "unknown_key": ("parallelise: {}\n", [":1:1", "'parallelise'"]),
    "unknown_style": ("parallelize: {net1: colwize}\n", [":1:21", "'colwize'", "did you mean 'colwise'"]),
    "unknown_axis": ("mesh: {tp: 2}\nparallelize: {net1: {style: colwise, axis: qp}}\n", [":2:", "'qp'"]),
    "unknown_word": ("placements: {net1.weight: shart(0)}\n", [":1:", "'shart(0)'"]),
    "unknown_reduction": ("inputs: {x: partial(mean)}\n", [":1:", "mean"]),
    "mesh_of_nothing": ("mesh: {tp: 0}\n", [":1:", "'tp'"]),
    "mesh_of_minus_two": ("mesh: {tp: -2}\n", [":1:"]),
    "mesh_of_2_to_62": (f"mesh: {{tp: {1 << 62}}}\n", [":1:"]),
    "mesh_that_overflows": (f"mesh: {{a: {1 << 32}, b: {1 << 32}}}\n", [":1:"]),
    "mesh_beyond_64_bits": (f"mesh: {{tp: {'9' * 60}}}\n", [":1:"]),
    "mesh_of_words": ("mesh: {tp: two}\n", [":1:"]),
    "mesh_of_sixteen_axes": ("mesh: {" + ", ".join(f"a{i}: 2" for i in range(16)) + "}\n", []),
    "mesh_of_many_axes": ("mesh: {" + ", ".join(f"a{i}: 1" for i in range(5000)) + "}\n", []),
    "shard_of_2_to_62": (f"placements: {{net1.weight: shard({1 << 62})}}\n", [":1:"]),
    "shard_beyond_64_bits": (f"placements: {{net1.weight: shard({'9' * 60})}}\n", [":1:"]),
    "shard_of_no_dimension": ("mesh: {tp: 2}\nplacements: {net1.weight: shard(7)}\n", [":2:", "net1.weight"]),
    "shard_of_no_dimension_from_the_back": ("mesh: {tp: 2}\nplacements: {net1.weight: shard(-3)}\n",
                                            [":2:", "net1.weight"]),
    "more_words_than_axes": ("mesh: {tp: 2}\nplacements: {net1.weight: [shard(0), shard(1)]}\n", [":2:"]),
    "negative_latency": ("mesh: {tp: 2}\ntopology: {tp: {latency_us: -1, bandwidth_gb_s: 1}}\n", [":2:"]),
    "no_bandwidth": ("mesh: {tp: 2}\ntopology: {tp: {latency_us: 1, bandwidth_gb_s: 0}}\n", [":2:"]),
    "bandwidth_is_no_number": ("mesh: {tp: 2}\ntopology: {tp: {latency_us: 1, bandwidth_gb_s: .nan}}\n", [":2:"]),
    "unknown_policy": ("policy: greedy\n", [":1:", "'greedy'"]),
    "open_quote": ("parallelize: {\"net1: colwise}\n", [":1:"]),
    "open_bracket": ("placements: {net1.weight: [shard(0)\n", []),
    "tabs": ("parallelize:\n\tnet1: colwise\n", []),
}

#: name -> text of the plan: slow to match for a matcher that goes back
ACCEPTED = {
    "globs_that_go_back": "placements: {\"" + "*a" * 200 + "b\": replicate}\n",
    "many_globs": "placements: {" + ", ".join(f'"n*{i}*e*t*": replicate' for i in range(5000)) + "}\n",
    "many_entries": "parallelize: {" + ", ".join(f"layer{i}: colwise" for i in range(5000)) + "}\n",
}


def main():
    case, attempts = pathlib.Path(sys.argv[1]).absolute() / "models" / "mlp_pair", Attempts(sys.argv[2])
    command = ["dtc-compile", case / "model.onnx", "--plan", "plan.yaml", "-o"]
    for name, (text, fragments) in REFUSED.items():
        folder = attempts.folder(name)
        (folder / "plan.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        attempts.refuse(name, [*command, "bundle"], "plan.yaml", *fragments, folder=folder, status=(1,))
    for name, text in ACCEPTED.items():
        folder = attempts.folder(name)
        (folder / "plan.yaml").write_text(text)
        attempts.accept(name, [*command, "text", "--emit", "placed"], folder)
    for name, path in (("folder", "."), ("missing", "absent.yaml")):
        folder = attempts.folder(f"plan_is_{name}")
        attempts.refuse(f"plan is {name}", ["dtc-compile", case / "model.onnx", "--plan", path, "-o", "b"], f"{path}: ",
                        folder=folder, status=(1,))
    return attempts.finish()


if __name__ == "__main__":
    sys.exit(main())
