# No object that is compiled for a special instruction set may define a weak symbol (an inline function or a template of a header that others
# include as well): the linker keeps one copy for everybody, and a processor without AVX-512 could run into AVX-512 code.
#   cmake -DOBJECTS=<;-list> -DNM=<nm> -P IsaSymbols.cmake
list(LENGTH OBJECTS count)
if(count EQUAL 0)
  message(FATAL_ERROR "no objects given")
endif()
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} -C --defined-only ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  # W, V: weak; u: unique. DW.ref.* are the exception tables' references to the runtime: data, the same in every object.
  string(REGEX MATCHALL "[0-9a-f]+ [WVu] [^\n]*" weak "${symbols}")
  list(FILTER weak EXCLUDE REGEX "DW\\.ref\\.")
  if(weak)
    message(FATAL_ERROR "${object} defines for everybody:\n${weak}")
  endif()
endforeach()
message("${count} objects define nothing that others could pick up")
