"""Placement cases to measure on the reference: families of expressions, shapes, meshes and placements.

A family is a list of (expression, shapes of x, y, z or b). For each mesh, `count` cases a family are drawn: an entry of
the family, and a placement for each axis of each operand. Integer operands are written `i64` behind a colon in the
shape's name and are never partial.
"""

import random

MESHES = [(2,), (3,), (4,), (5,), (8,), (2, 2), (2, 3), (4, 2), (2, 2, 2)]

SHAPES_2D = [(8, 8), (9, 5), (3, 8), (12, 10), (1, 6), (16, 4), (7, 7), (5, 3)]
SHAPES_3D = [(8, 8, 16), (5, 7, 3), (4, 6, 8), (2, 9, 5), (12, 4, 6)]
SHAPES_4D = [(4, 8, 6, 10), (2, 12, 5, 7)]

POINTWISE = ["x*2.0", "-x", "1.0-x", "x-1.0", "x/2.0", "x**2", "abs(x)", "exp(x)", "relu(x)", "gelu(x)", "sigmoid(x)",
             "tanh(x)", "silu(x)", "sqrt(x)", "rsqrt(x)", "reciprocal(x)", "log(x)", "sin(x)", "cos(x)", "erf(x)",
             "floor(x)", "ceil(x)", "round(x)", "sign(x)", "clamp(x,max=1.0)", "clamp(x,-1.0,1.0)", "clamp(x,min=0.5)",
             "x>0", "x<=0.5", "x==1.0", "isnan(x)", "where(x>0,x,x)", "masked_fill(x,x>0,0.0)", "cast(x,bf16)",
             "cast(x,f64)", "cast(x,f16)", "clone(x)", "ones_like(x)", "zeros_like(x)", "full_like(x,2.0)", "x.float()",
             "x.double()", "log1p(x)", "expm1(x)", "square(x)", "logical_not(x>0)", "pow(x,3.0)", "rsub(x,1.0)", "3.0*x",
             "exp2(x)", "log2(x)", "x.detach()", "x.contiguous()", "neg(x)", "atan(x)", "erfc(x)", "x.sigmoid()",
             "tan(x)", "sinh(x)", "cosh(x)", "asinh(x)", "atanh(x)", "asin(x)", "acos(x)", "trunc(x)",
             "frac(x)", "isinf(x)", "logit(x)", "remainder(x,3.0)", "fmod(x,3.0)", "cast(x,i64)"]
BINARY = ["x+y", "x-y", "x*y", "x/y", "maximum(x,y)", "minimum(x,y)", "x<y", "x>=y", "x==y", "pow(x,y)",
          "where(x>y,x,y)", "add(x,y,alpha=2)", "logical_and(x>0,y>0)", "x+y*2.0", "relu(x)+y", "x*y+x"]
IN_PLACE = ["x.add_(1.0)", "x.mul_(2.0)", "x.div_(2.0)", "x.clamp_(max=10)", "x.relu_()", "x.zero_()", "x.fill_(3.0)",
            "x.neg_()", "x.exp_()", "x.sqrt_()", "x.sub_(1.0)", "x.sigmoid_()", "x.fill_(0.0)"]
IN_PLACE_2 = ["x.add_(y)", "x.mul_(y)", "x.div_(y)", "x.copy_(y)", "x.sub_(y)"]
OUT = ["add(x,3.0,out=y)", "mul(x,2.0,out=y)", "exp(x,out=y)", "div(x,2.0,out=y)", "neg(x,out=y)", "sigmoid(x,out=y)"]
REDUCTIONS = ["sum(x)", "mean(x)", "max(x)", "min(x)", "prod(x)", "sum(x,0)", "sum(x,1)", "sum(x,(0,1))", "mean(x,0)",
              "mean(x,1)", "mean(x,-1,keepdim=True)", "amax(x,0)", "amin(x,1)", "prod(x,0)", "prod(x,1)",
              "sum(x,0,keepdim=True)", "amax(x,(0,1))", "max(x,1)[0]", "min(x,0)[0]", "logsumexp(x,1)", "logsumexp(x,0)",
              "std(x,0)", "var(x,1)", "var(x)", "cumsum(x,0)", "cumsum(x,1)", "any(x>0)", "all(x>0,0)", "any(x>0,1)",
              "softmax(x,-1)", "softmax(x,0)", "log_softmax(x,1)", "log_softmax(x,0)", "topk(x,2,1)[0]", "topk(x,1,0)[0]",
              "sort(x,1)[0]", "sort(x,0)[0]", "argsort(x,1)", "tril(x)", "triu(x,1)", "amax(x,1,keepdim=True)",
              "sum(x,-1,keepdim=True)", "mean(x,(0,1))", "topk(x,1,1)[1]", "norm(x)", "norm(x,1)",
              "vector_norm(x,2,0)", "vector_norm(x,2,1,True)", "argmax(x,0)", "argmin(x,1)", "argmax(x)", "max(x,1)[1]"]
REDUCTIONS_3D = ["sum(x,(0,2))", "mean(x,2)", "mean(x,(1,2))", "amax(x,2)", "sum(x,1,keepdim=True)", "prod(x,2)",
                 "softmax(x,1)", "softmax(x,-1)", "log_softmax(x,2)", "cumsum(x,2)", "topk(x,2,2)[0]", "sort(x,1)[0]",
                 "std(x,2)", "logsumexp(x,(1,2))", "amin(x,(0,1))", "tril(x)", "var(x,(0,2))", "max(x,2)[0]"]
SHAPE_2D = ["transpose(x,0,1)", "x.t()", "permute(x,(1,0))", "unsqueeze(x,0)", "unsqueeze(x,1)", "unsqueeze(x,-1)",
            "expand(unsqueeze(x,0),(3,-1,-1))", "repeat(x,(2,1))", "repeat(x,(1,3))", "repeat(x,(2,1,1))", "x[0]", "x[:,1]",
            "x[1:3]", "x[:,1:2]", "x[:,::2]", "select(x,1,0)", "narrow(x,0,0,1)", "narrow(x,1,1,2)", "split(x,3,0)[0]",
            "split(x,2,1)[0]", "chunk(x,2,0)[0]", "chunk(x,2,1)[0]", "unbind(x,0)[0]", "unbind(x,1)[0]", "pad(x,(1,1))",
            "pad(x,(0,0,1,2))", "squeeze(x)", "squeeze(x,0)", "flatten(x)", "x[None]", "x[...,0]", "tile(x,(1,2))",
            "split(x,[1,2],1)[0]" , "x[0:100]", "x[:,:]", "movedim(x,0,1)", "dropout(x,0.5,train)",
            "dropout(x,0.5,eval)", "swapaxes(x,0,1)", "view(x,(-1,))", "reshape(x,(-1,))"]
SHAPE_3D = ["transpose(x,0,2)", "permute(x,(2,0,1))", "x[0]", "x[:,0]", "x[:,:,1]", "x[...,0:2]", "unsqueeze(x,2)",
            "split(x,2,1)[0]", "chunk(x,2,2)[0]", "unbind(x,1)[0]", "flatten(x,0,1)", "flatten(x,1,2)", "flatten(x)",
            "repeat(x,(1,2,1))", "expand(unsqueeze(x,1),(-1,3,-1,-1))", "movedim(x,0,2)", "squeeze(x)", "pad(x,(1,0,0,2))",
            "x[1:,0]", "narrow(x,2,0,1)", "x.mT", "cat([x,x],1)", "stack([x,x],1)"]
VIEWS = [("view(x,(4,2,8))", (8, 8)), ("view(x,(2,4,8))", (8, 8)), ("view(x,(8,2,4))", (8, 8)), ("view(x,(16,4))", (8, 8)),
         ("view(x,(32,2))", (8, 8)), ("view(x,(8,12))", (8, 3, 4)), ("view(x,(24,4))", (8, 3, 4)), ("view(x,(96,))", (8, 3, 4)),
         ("view(x,(2,4,3,4))", (8, 3, 4)), ("view(x,(4,24))", (8, 3, 4)), ("view(x,(6,1,4))", (6, 4)),
         ("view(x,(12,12))", (3, 4, 12)), ("view(x,(3,4,4,3))", (3, 4, 12)), ("view(x,(9,5,1))", (9, 5)),
         ("view(x,(3,3,5))", (9, 5)), ("view(x,(45,))", (9, 5)), ("view(x,(8,16))", (4, 2, 16)), ("view(x,(4,32))", (4, 2, 16)),
         ("view(x,(6,10))", (1, 6, 10)), ("view(x,(6,1,10))", (1, 6, 10)), ("view(x,(2,3,10))", (6, 10)),
         ("reshape(x,(2,3,10))", (6, 10)), ("reshape(x,(60,))", (6, 10)), ("reshape(x,(16,16,2))", (16, 32)),
         ("unflatten(x,0,(2,-1))", (8, 6)), ("unflatten(x,1,(3,2))", (8, 6)), ("view(x,(5,8))", (5, 2, 2, 2)),
         ("view(x,(10,4))", (5, 2, 2, 2)), ("view_as(x,x)", (8, 8))]
MATMUL = [("matmul(x,y)", (12, 8), (8, 16)), ("matmul(x,y)", (8, 8), (8, 8)), ("matmul(x,y)", (3, 8), (8, 5)),
          ("mm(x,y)", (16, 32), (32, 24)), ("matmul(x,y)", (64, 128), (128, 64)), ("matmul(x,y)", (512, 512), (512, 512)),
          ("mm(x,y)", (1, 16), (16, 16)), ("matmul(x,y)", (4, 8, 4), (4, 4, 8)), ("bmm(x,y)", (2, 6, 10), (2, 10, 4)),
          ("bmm(x,y)", (8, 12, 16), (8, 16, 24)), ("matmul(x,y)", (2048, 256), (256, 1024)), ("mm(x,y)", (9, 7), (7, 11))]
ADDMM = [("addmm(b,x,y)", (12, 8), (8, 16), (16,)), ("addmm(b,x,y)", (24, 16), (16, 8), (8,)),
         ("addmm(b,x,y)", (3, 8), (8, 5), (5,)), ("addmm(b,x,y)", (256, 64), (64, 128), (128,)),
         ("linear(x,y,b)", (8, 16), (12, 16), (12,)), ("linear(x,y,b)", (24, 12), (8, 12), (8,))]
LINEAR = [("linear(x,y)", (8, 16), (12, 16)), ("linear(x,y)", (3, 8), (4, 8)), ("matmul(x,y.t())", (8, 16), (12, 16))]
NORMS = [("layer_norm(x,(8,))", (6, 8)), ("layer_norm(x,(10,))", (20, 5, 10)), ("layer_norm(x,(5,10))", (20, 5, 10)),
         ("layer_norm(x,(16,))", (8, 4, 16))]
NORMS_W = [("layer_norm(x,(10,),y,b)", (20, 5, 10), (10,), (10,)), ("layer_norm(x,(8,),y,b)", (6, 8), (8,), (8,)),
           ("layer_norm(x,(5,10),y,b)", (20, 5, 10), (5, 10), (5, 10))]
BROADCAST = [((8, 8), (8,)), ((8, 8), (1, 8)), ((8, 8), (8, 1)), ((4, 6, 8), (6, 8)), ((4, 6, 8), (8,)), ((6, 8), (4, 6, 8)),
             ((5, 1, 3), (7, 3)), ((8, 1), (1, 8)), ((9, 5), (1, 5)), ((8, 8), ()), ((12, 4), (12, 1)), ((1, 6), (6, 6))]
LOOKUPS = [("embedding(y,x)", (16, 8), (12,)), ("embedding(y,x)", (10, 4), (3, 4)), ("embedding(y,x)", (9, 6), (2, 3, 4)),
           ("index_select(x,0,y)", (12, 8), (5,)), ("index_select(x,1,y)", (12, 8), (4,)),
           ("gather(x,1,y)", (8, 12), (8, 3)), ("gather(x,0,y)", (8, 6), (4, 6)), ("gather(x,1,y)", (8, 12), (8, 1)),
           ("x[y]", (12, 8), (6,)), ("x[:,y]", (12, 8), (4,))]
CONVOLUTIONS = [("conv2d(x,y,None,1,1)", (2, 4, 8, 32), (8, 4, 3, 3)), ("conv2d(x,y,None,4)", (2, 3, 16, 32), (8, 3, 4, 4)),
                ("conv2d(x,y,None,1,3,1,8)", (2, 8, 16, 32), (8, 1, 7, 7)), ("conv2d(x,y,None,2)", (4, 3, 8, 16), (6, 3, 2, 2))]
LOSSES = [(f"{name}(x,y,reduction='{reduction}')", x, y) for name in ("nll_loss", "cross_entropy")
          for reduction in ("mean", "sum", "none") for x, y in (((8, 16), (8,)), ((12, 5), (12,)), ((4, 8, 6), (4, 6)))]
UPDATES = [("scatter(x,1,y,b)", (8, 12), (8, 3), (8, 3)), ("scatter_add(x,1,y,b)", (8, 12), (8, 3), (8, 3)),
           ("scatter_add(x,0,y,b)", (8, 6), (4, 6), (4, 6)), ("scatter(x,0,y,b)", (8, 6), (4, 6), (4, 6))]
MULTI = [("sum(x*2.0,0)", (8, 8)), ("softmax(x*0.5,-1)", (8, 8)), ("relu(x)+x", (8, 8)), ("sum(softmax(x,-1),0)", (8, 8)),
         ("mean(exp(x),0)", (9, 5)), ("(x*2.0).sum(1)+1.0", (8, 8)), ("x.t()*2.0", (12, 10)),
         ("flatten(x.transpose(0,1))", (8, 8)), ("gelu(x)*x", (5, 7, 3)), ("layer_norm(x+x,(8,))", (6, 8))]
PARTIALS = ("sum", "sum", "avg", "max", "min")
# Where the reference mixes kinds of partial values up.
SUMS_ONLY = ("addmm", "linear", "cat", "stack", "bin")
# Where it drops partial values, or loses track of indices that several axes split.
COMPLETE = ("lookup",)


def draw(rng, shape, axes, partials, integer=False):
    """A placement for each axis: mostly splits, sometimes replicated or partial."""
    found = []
    for _ in range(axes):
        kind = rng.choice("RSSS" if integer else "RRSSSSPP" if partials else "RRSSSS")
        if integer and any(word.startswith("shard") for word in found):
            kind = "R"
        if kind == "S" and not shape:
            kind = "R"
        if kind == "S":
            found.append(f"shard({rng.randrange(len(shape))})")
        else:
            found.append("replicate" if kind == "R" else f"partial({rng.choice(partials)})")
    # Kinds that do not commute on several axes are refused by dtc and guessed by the reference.
    kinds = {word for word in found if word.startswith("partial")}
    if len(kinds) > 1:
        first = sorted(kinds)[0]
        found = [first if word.startswith("partial") else word for word in found]
    return found


class Cases:
    """Collects cases; one that was drawn before is not taken again."""

    def __init__(self, seed):
        self.rng, self.cases = random.Random(seed), {}

    def add(self, family, mesh, expr, operands, integers=()):
        described = {}
        for name, shape in operands.items():
            integer = name in integers
            partials = () if family in COMPLETE else ("sum",) if family in SUMS_ONLY else PARTIALS
            # The reference's convolutions have whole weights, and inputs that are split over one axis at most.
            placements = draw(self.rng, shape, len(mesh), partials, integer=integer)
            if family == "conv":
                placements = [self.rng.choice(["replicate", "shard(0)", "shard(3)"] if name == "x" else ["replicate"])
                              for _ in mesh]
            described[name] = {"shape": list(shape), "placements": placements}
            if integer:
                described[name]["dtype"] = "i64"
        self.put(family, mesh, expr, described)

    def put(self, family, mesh, expr, described):
        short = ";".join(name + "x".join(map(str, operand["shape"])) + ":" + ",".join(
            word.replace("replicate", "R").replace("shard", "S").replace("partial", "P").replace("(sum)", "")
            .replace("(", "").replace(")", "") for word in operand["placements"]) for name, operand in described.items())
        key = f"{family}/{'x'.join(map(str, mesh))}/{expr}/{short}"
        self.cases.setdefault(key, {"id": key, "mesh": list(mesh), "topology": "cpu", "expr": expr,
                                    "operands": described})


def expressions(rng):
    """Families: name, and a function that draws (expression, operands, names of integer operands)."""
    def unary(words, shapes):
        return lambda: (rng.choice(words), {"x": rng.choice(shapes)}, ())

    def same(words, shapes):
        def make():
            shape = rng.choice(shapes)
            return rng.choice(words), {"x": shape, "y": shape}, ()
        return make

    def listed(entries, names, integers=()):
        def make():
            expr, *shapes = rng.choice(entries)
            return expr, dict(zip(names, shapes)), integers
        return make

    def broadcast():
        x, y = rng.choice(BROADCAST)
        return rng.choice(BINARY[:9]), {"x": x, "y": y}, ()

    def join(name):
        def make():
            shape = rng.choice(SHAPES_2D + SHAPES_3D)
            dim = rng.randrange(len(shape) + (name == "stack"))
            names = rng.choice([["x", "y"], ["x", "y"], ["x", "y", "z"]])
            return f"{name}([{','.join(names)}],{dim})", dict.fromkeys(names, shape), ()
        return make

    def redistribute():
        shape = rng.choice([(8, 8), (9, 5), (3, 8), (8, 8, 16), (5, 7, 3), (1, 3)])
        return None, {"x": shape}, ()

    every = SHAPES_2D + SHAPES_3D
    return {
        "unary": unary(POINTWISE, every + SHAPES_4D), "bin": same(BINARY, every), "bcast": broadcast,
        "inplace1": unary(IN_PLACE, every), "inplace": same(IN_PLACE_2, every), "out": same(OUT, every),
        "reduce": unary(REDUCTIONS, SHAPES_2D), "reduce3": unary(REDUCTIONS_3D, SHAPES_3D),
        "shape": unary(SHAPE_2D, SHAPES_2D), "shape3": unary(SHAPE_3D, SHAPES_3D), "view": listed(VIEWS, ["x"]),
        "matmul": listed(MATMUL, ["x", "y"]), "addmm": listed(ADDMM, ["x", "y", "b"]), "linear": listed(LINEAR, ["x", "y"]),
        "norm": listed(NORMS, ["x"]), "normw": listed(NORMS_W, ["x", "y", "b"]), "cat": join("cat"), "stack": join("stack"),
        "lookup": listed(LOOKUPS, ["x", "y"], ("y",)),
        "loss": listed(LOSSES, ["x", "y"], ("y",)), "update": listed(UPDATES, ["x", "y", "b"], ("y",)), "multi": listed(MULTI, ["x"]), "redist": redistribute,
        "conv": listed(CONVOLUTIONS, ["x", "y"])}


def make_cases(seed, count):
    cases = Cases(seed)
    families = expressions(cases.rng)
    for mesh in MESHES:
        for family, make in families.items():
            if family == "conv" and len(mesh) > 1:
                continue
            for _ in range(count):
                expr, operands, integers = make()
                if family == "redist":
                    wanted = draw(cases.rng, operands["x"], len(mesh), partials=("sum",))
                    expr = f"redistribute(x,[{', '.join(wanted)}])"
                cases.add(family, mesh, expr, operands, integers)
    return list(cases.cases.values())
