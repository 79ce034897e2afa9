# wootz_op_test(<stem>): the GoogleTest program of src/test/cpp/<stem>_test.cc, run by CTest.
find_package(GTest REQUIRED)
include(Warnings)

function(wootz_op_test stem)
  add_executable(${stem}_test src/test/cpp/${stem}_test.cc)
  target_link_libraries(${stem}_test PRIVATE wootz_test_kit GTest::gtest GTest::gtest_main)
  wootz_warnings(${stem}_test)
  add_test(NAME ${stem} COMMAND ${stem}_test)
endfunction()
