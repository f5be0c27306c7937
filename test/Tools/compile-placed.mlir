// A program that carries placements keeps them, through to the ranks.
//
// RUN: dtc-compile %s --emit placed -o - | FileCheck %s --check-prefix=PLACED
// RUN: dtc-compile %s --mesh tp=2 -o %t.bundle
// RUN: %python -c "import numpy as np; np.savez(r'%t.in.npz', x=np.arange(12, dtype=np.float32).reshape(3, 4))"
// RUN: dtc-run %t.bundle --input %t.in.npz --output %t.out.npz --local-output %t.local.npz
// RUN: %python -c "import numpy as np; o = np.load(r'%t.out.npz')['y']; l = np.load(r'%t.local.npz'); \
// RUN:   e = -np.arange(12).reshape(3, 4); assert (o == e).all(); \
// RUN:   assert (l['y.rank0'] == e[:2]).all() and (l['y.rank1'] == e[2:]).all()"
//
// RUN: not dtc-compile %s --mesh tp=4 -o %t.none 2>&1 | FileCheck %s --check-prefix=MESH
// MESH: compile-placed.mlir: error: the program is placed on mesh #dtc.mesh<"tp" = 2>, got --mesh tp=4
// RUN: echo 'parallelize: {"": colwise}' > %t.yaml
// RUN: not dtc-compile %s --plan %t.yaml -o %t.none 2>&1 | FileCheck %s --check-prefix=PLAN
// PLAN: compile-placed.mlir: error: the program carries its placements, expected no plan; remove --plan or the placements
// RUN: sed 's/%x: tensor<3x4xf32, #rows>/%x: tensor<3x4xf32>/' %s > %t.mixed.mlir
// RUN: not dtc-compile %t.mixed.mlir -o %t.none 2>&1 | FileCheck %s --check-prefix=MIXED
// MIXED: error: {{.*}}

// PLACED: func.func @main(%{{.*}}: tensor<3x4xf32, #dtc.layout<#mesh, [shard(0)]>>
// PLACED: dtc.neg %{{.*}} : (tensor<3x4xf32, #dtc.layout<#mesh, [shard(0)]>>)
#mesh = #dtc.mesh<"tp" = 2>
#rows = #dtc.layout<#mesh, [shard(0)]>
module attributes {dtc.mesh = #mesh} {
  func.func @main(%x: tensor<3x4xf32, #rows> {dtc.name = "x"}) -> (tensor<3x4xf32, #rows> {dtc.name = "y"}) {
    %y = dtc.neg %x : (tensor<3x4xf32, #rows>) -> tensor<3x4xf32, #rows>
    return %y : tensor<3x4xf32, #rows>
  }
}
