// One kernel of many operands: code that launches it moves many pointers.
func.func @main(%a0: tensor<1000xf32>, %a1: tensor<1000xf32>, %a2: tensor<1000xf32>, %a3: tensor<1000xf32>, %a4: tensor<1000xf32>, %a5: tensor<1000xf32>,
                %a6: tensor<1000xf32>, %a7: tensor<1000xf32>, %a8: tensor<1000xf32>, %a9: tensor<1000xf32>, %a10: tensor<1000xf32>, %a11: tensor<1000xf32>) -> tensor<1000xf32> {
  %s1 = dtc.add %a0, %a1 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  %s2 = dtc.add %s1, %a2 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  %s3 = dtc.add %s2, %a3 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  %s4 = dtc.add %s3, %a4 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  %s5 = dtc.add %s4, %a5 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  %s6 = dtc.add %s5, %a6 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  %s7 = dtc.add %s6, %a7 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  %s8 = dtc.add %s7, %a8 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  %s9 = dtc.add %s8, %a9 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  %s10 = dtc.add %s9, %a10 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  %s11 = dtc.add %s10, %a11 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32>
  return %s11 : tensor<1000xf32>
}
