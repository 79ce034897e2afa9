# wootz_op_test(<stem>): the GoogleTest program of src/test/cpp/<stem>_test.cc, run by CTest.
# wootz_library_tests(): the tests of the library as a whole: its headers, its exports, what is installed.
find_package(GTest REQUIRED)
include(Warnings)

function(wootz_op_test stem)
  add_executable(${stem}_test src/test/cpp/${stem}_test.cc)
  target_link_libraries(${stem}_test PRIVATE wootz_test_kit GTest::gtest GTest::gtest_main)
  target_compile_definitions(${stem}_test PRIVATE WZ_GOLDEN="${CMAKE_CURRENT_SOURCE_DIR}/../java/src/test/resources/golden")
  wootz_warnings(${stem}_test)
  add_test(NAME ${stem} COMMAND ${stem}_test)
endfunction()

function(wootz_library_tests)
  # Every header on its own, as C11.
  file(GLOB headers src/main/cpp/include/wootz/*.h)
  set(sources)
  foreach(header IN LISTS headers)
    get_filename_component(stem ${header} NAME_WE)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${stem}.c)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"wootz/${stem}.h\"\n")
    list(APPEND sources ${source})
  endforeach()
  add_library(wootz_headers OBJECT ${sources})
  wootz_warnings(wootz_headers)
  target_compile_options(wootz_headers PRIVATE -Wpedantic)

  set(scripts ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/tests)
  if(WOOTZ_SANITIZE)
    return()  # sanitizers export and inline differently, and a plain C program cannot load such a library
  endif()
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    add_test(NAME exports COMMAND ${CMAKE_COMMAND} -DLIBRARY=$<TARGET_FILE:wootz> -DHEADERS=${CMAKE_CURRENT_SOURCE_DIR}/src/main/cpp/include/wootz
                                  -DNM=${CMAKE_NM} -P ${scripts}/Exports.cmake)
    foreach(library IN LISTS isa_libraries)
      add_test(NAME isa_symbols_${library} COMMAND ${CMAKE_COMMAND} "-DOBJECTS=$<TARGET_OBJECTS:${library}>" -DNM=${CMAKE_NM}
                                                   -P ${scripts}/IsaSymbols.cmake)
    endforeach()
  endif()

  set(example -DBUILD=${CMAKE_CURRENT_BINARY_DIR} -DEXAMPLES=${CMAKE_CURRENT_SOURCE_DIR}/examples -DCC=${CMAKE_C_COMPILER})
  add_test(NAME installed_cmake COMMAND ${CMAKE_COMMAND} ${example} -DHOW=cmake -DWORK=${CMAKE_CURRENT_BINARY_DIR}/installed-cmake
                                        -P ${scripts}/InstalledExample.cmake)
  find_program(PKG_CONFIG NAMES pkg-config pkgconf)
  if(PKG_CONFIG)
    add_test(NAME installed_pkg_config COMMAND ${CMAKE_COMMAND} ${example} -DHOW=pkg-config -DPKG_CONFIG=${PKG_CONFIG}
                                               -DWORK=${CMAKE_CURRENT_BINARY_DIR}/installed-pkg-config -P ${scripts}/InstalledExample.cmake)
  else()
    message(STATUS "pkg-config not found: the test installed_pkg_config is left out")
  endif()
endfunction()
