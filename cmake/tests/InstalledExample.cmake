# Installs the build tree BUILD under the folder WORK, builds EXAMPLES/merge_two.c against that with HOW = cmake (find_package) or pkg-config,
# runs it and compares what it prints:
#   cmake -DBUILD=... -DWORK=... -DEXAMPLES=... -DHOW=... [-DCC=...] [-DPKG_CONFIG=...] -P InstalledExample.cmake
set(prefix ${WORK}/prefix)
file(REMOVE_RECURSE ${WORK})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
# Moved: nothing in it may remember where it was installed.
file(RENAME ${prefix} ${WORK}/moved)
set(prefix ${WORK}/moved)

if(HOW STREQUAL "cmake")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${EXAMPLES} -B ${WORK}/build -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_C_COMPILER=${CC} -DCMAKE_BUILD_TYPE=Release
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  set(program ${WORK}/build/merge_two)
else()
  file(GLOB_RECURSE pc_file ${prefix}/*/wootz.pc)
  get_filename_component(pc_folder ${pc_file} DIRECTORY)
  set(ENV{PKG_CONFIG_PATH} ${pc_folder})
  execute_process(COMMAND ${PKG_CONFIG} --cflags --libs wootz OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  set(program ${WORK}/merge_two)
  execute_process(COMMAND ${CC} -std=c11 -Wall -Wextra -Werror ${EXAMPLES}/merge_two.c ${flags} -o ${program} COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB library_folder ${prefix}/lib*)
  set(ENV{LD_LIBRARY_PATH} ${library_folder})
  set(ENV{DYLD_LIBRARY_PATH} ${library_folder})
endif()

execute_process(COMMAND ${program} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
message("${printed}")
foreach(line "0.25 * 1 + 0.75 * 10 = 7.75, in bfloat16 7.75" "0.25 * 3 + 0.75 * 30 = 23.25, in bfloat16 23.25")
  string(FIND "${printed}" "${line}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "merge_two did not print: ${line}")
  endif()
endforeach()
