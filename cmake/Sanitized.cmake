# Configures, builds and tests presets one after the other:
#   cmake -DSRC=<folder of CMakePresets.json> -DPRESETS=asan,tsan -P Sanitized.cmake
string(REPLACE "," ";" PRESETS "${PRESETS}")
find_program(NINJA ninja)
if(NINJA AND NOT DEFINED ENV{CMAKE_GENERATOR})
  set(ENV{CMAKE_GENERATOR} Ninja)
endif()
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
get_filename_component(bin ${CMAKE_COMMAND} DIRECTORY)
find_program(CTEST ctest HINTS ${bin} REQUIRED)

foreach(preset IN LISTS PRESETS)
  message(STATUS "Preset ${preset}")
  execute_process(COMMAND ${CMAKE_COMMAND} --preset ${preset} WORKING_DIRECTORY ${SRC} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CMAKE_COMMAND} --build --preset ${preset} --parallel ${cores} WORKING_DIRECTORY ${SRC} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CTEST} --preset ${preset} --parallel ${cores} WORKING_DIRECTORY ${SRC} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
