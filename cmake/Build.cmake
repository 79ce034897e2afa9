# Configure, build and install one CMake project in a single portable command:
#   cmake -DSRC=<source> -DBLD=<build folder> -DOUT=<install prefix> [-DPRESET=<name>] [-DARGS=<;-list>] -P Build.cmake
# Every step is incremental: an unchanged tree costs only CMake's own up-to-date check.
foreach(name SRC BLD OUT)
  if(NOT DEFINED ${name})
    message(FATAL_ERROR "Build.cmake: -D${name}=... is missing")
  endif()
endforeach()

find_program(NINJA ninja)
set(generator "")
if(NINJA AND NOT EXISTS "${BLD}/Makefile")
  set(generator -G Ninja)
endif()
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)

if(NOT EXISTS "${BLD}/CMakeCache.txt" OR DEFINED ARGS)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${SRC} -B ${BLD} ${generator} -DCMAKE_BUILD_TYPE=Release
            -DCMAKE_INSTALL_PREFIX=${OUT} ${ARGS}
    COMMAND_ERROR_IS_FATAL ANY)
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BLD} --parallel ${cores} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BLD} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
