# DtcLibrary.cmake: how the compiler's own libraries and tools are declared.
#
#   dtc_library(NAME SOURCES... [LINK libraries...] [PLAIN])
#
# PLAIN libraries know LLVM's support library only: no MLIR, no precompiled
# MLIR header. All are C++17 without exceptions and RTTI, as LLVM is.

function(dtc_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_17)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-unused-parameter
    $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti -fno-exceptions>)
  target_include_directories(${target} PUBLIC
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)
  target_include_directories(${target} SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  separate_arguments(definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
  target_compile_definitions(${target} PRIVATE ${definitions} DTC_VERSION="${PROJECT_VERSION}")
endfunction()

function(dtc_library name)
  cmake_parse_arguments(ARG "PLAIN" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  dtc_compile_options(${name})
  if(ARG_PLAIN)
    target_link_libraries(${name} PUBLIC ${ARG_LINK} LLVM)
  else()
    add_dependencies(${name} DtcTableGen)
    target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
    if(TARGET DtcPrecompiled AND NOT name STREQUAL DtcPrecompiled)
      target_precompile_headers(${name} REUSE_FROM DtcPrecompiled)
    endif()
  endif()
endfunction()

function(dtc_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  dtc_compile_options(${name})
  add_dependencies(${name} DtcTableGen)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
endfunction()
