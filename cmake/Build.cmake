# Configure, build and install one CMake project in a single portable command:
#   cmake -DSRC=<source> -DBLD=<build folder> -DOUT=<install prefix> [-DARGS=<;-list>] [-DSKIP_TESTS=true|false] [-DCOPY_TO=<folder>] -P Build.cmake
# ARGS go to the configuration, as does WOOTZ_TESTS=ON or OFF where SKIP_TESTS is given. COPY_TO also gets the shared libraries, each under the
# name that it is loaded by. Every step is incremental: an unchanged tree costs only CMake's own up-to-date check.
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

if(DEFINED SKIP_TESTS)
  if(SKIP_TESTS)
    list(APPEND ARGS -DWOOTZ_TESTS=OFF)
  else()
    list(APPEND ARGS -DWOOTZ_TESTS=ON)
  endif()
endif()

execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${SRC} -B ${BLD} ${generator} -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=${OUT} -DCMAKE_INSTALL_LIBDIR=lib
          ${ARGS}
  COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)  # warnings and errors come on the other stream
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BLD} --parallel ${cores} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BLD} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)

if(DEFINED COPY_TO)
  # Of libwootz.so -> libwootz.so.0 -> libwootz.so.0.1.0 the middle one is the name in the ELF header (macOS: libwootz.0.dylib).
  file(GLOB libraries "${OUT}/lib/*.so.[0-9]" "${OUT}/lib/*.[0-9].dylib")
  foreach(library IN LISTS libraries)
    get_filename_component(name ${library} NAME)
    execute_process(COMMAND ${CMAKE_COMMAND} -E make_directory ${COPY_TO} COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${library} ${COPY_TO}/${name} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endif()
