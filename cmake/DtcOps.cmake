# DtcOps.cmake: reads lib/Ops/Ops.def and merges the families' .td files into
# one dialect. Sets DTC_OP_FAMILIES; call dtc_generate_dialect(TARGET) once.

file(STRINGS ${PROJECT_SOURCE_DIR}/lib/Ops/Ops.def _families REGEX "^DTC_OP_FAMILY")
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY
  CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/Ops/Ops.def)
set(DTC_OP_FAMILIES "")
foreach(line IN LISTS _families)
  string(REGEX REPLACE "^DTC_OP_FAMILY\\((.*)\\)$" "\\1" family "${line}")
  list(APPEND DTC_OP_FAMILIES ${family})
endforeach()

set(DTC_OPS_TD ${PROJECT_BINARY_DIR}/include/dtc/IR/DtcOps.td)
set(_text "// Made from lib/Ops/Ops.def.\n")
foreach(family IN LISTS DTC_OP_FAMILIES)
  string(APPEND _text "include \"${family}/${family}.td\"\n")
endforeach()
file(CONFIGURE OUTPUT ${DTC_OPS_TD} CONTENT "${_text}" @ONLY)

# dtc_tablegen(OUT TD ARGS...): one mlir-tblgen run into the build tree's include/dtc/IR.
function(dtc_tablegen out td)
  set(file ${PROJECT_BINARY_DIR}/include/dtc/${out})
  file(GLOB_RECURSE deps CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/include/dtc/*.td ${PROJECT_SOURCE_DIR}/lib/Ops/*.td)
  add_custom_command(OUTPUT ${file}
    COMMAND ${MLIR_TABLEGEN_EXE} ${ARGN} ${td} -o ${file}
      -I ${PROJECT_SOURCE_DIR}/include -I ${PROJECT_SOURCE_DIR}/lib/Ops
      -I ${PROJECT_BINARY_DIR}/include -I ${MLIR_INCLUDE_DIRS} --write-if-changed
    DEPENDS ${td} ${deps} ${DTC_OPS_TD} VERBATIM)
  set_property(GLOBAL APPEND PROPERTY DTC_TABLEGEN_OUTPUTS ${file})
endfunction()

function(dtc_generate_dialect target)
  set(ir ${PROJECT_SOURCE_DIR}/include/dtc/IR)
  dtc_tablegen(IR/DtcDialect.h.inc ${DTC_OPS_TD} -gen-dialect-decls -dialect=dtc)
  dtc_tablegen(IR/DtcDialect.cpp.inc ${DTC_OPS_TD} -gen-dialect-defs -dialect=dtc)
  dtc_tablegen(IR/DtcEnums.h.inc ${ir}/DtcAttributes.td -gen-enum-decls)
  dtc_tablegen(IR/DtcEnums.cpp.inc ${ir}/DtcAttributes.td -gen-enum-defs)
  dtc_tablegen(IR/DtcAttributes.h.inc ${ir}/DtcAttributes.td -gen-attrdef-decls -attrdefs-dialect=dtc)
  dtc_tablegen(IR/DtcAttributes.cpp.inc ${ir}/DtcAttributes.td -gen-attrdef-defs -attrdefs-dialect=dtc)
  dtc_tablegen(IR/DtcTypes.h.inc ${ir}/DtcTypes.td -gen-typedef-decls -typedefs-dialect=dtc)
  dtc_tablegen(IR/DtcTypes.cpp.inc ${ir}/DtcTypes.td -gen-typedef-defs -typedefs-dialect=dtc)
  dtc_tablegen(IR/DtcInterfaces.h.inc ${ir}/DtcInterfaces.td -gen-op-interface-decls)
  dtc_tablegen(IR/DtcInterfaces.cpp.inc ${ir}/DtcInterfaces.td -gen-op-interface-defs)
  dtc_tablegen(IR/DtcOps.h.inc ${DTC_OPS_TD} -gen-op-decls)
  dtc_tablegen(IR/DtcOps.cpp.inc ${DTC_OPS_TD} -gen-op-defs)
  dtc_tablegen(Transforms/Passes.h.inc ${PROJECT_SOURCE_DIR}/include/dtc/Transforms/Passes.td -gen-pass-decls -name Dtc)
  get_property(outputs GLOBAL PROPERTY DTC_TABLEGEN_OUTPUTS)
  add_custom_target(${target} DEPENDS ${outputs})
endfunction()
