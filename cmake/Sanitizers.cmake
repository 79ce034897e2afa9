# WOOTZ_SANITIZE: a comma-separated list for -fsanitize=, applied to everything that is compiled after this file is included.
set(WOOTZ_SANITIZE "" CACHE STRING "Sanitizers: 'address,undefined' or 'thread'; empty for none")

if(WOOTZ_SANITIZE)
  add_compile_options(-fsanitize=${WOOTZ_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WOOTZ_SANITIZE})
endif()

# In a release build the library is for a program that was compiled without the sanitizer, such as a JVM: it has to be started with the runtime
# library preloaded, and the standard library after it, whose exceptions the sanitizer looks for at the start. The links say where they are.
if(WOOTZ_SANITIZE MATCHES "address" AND CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-g1)
  foreach(runtime libasan.so libstdc++.so)
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${runtime} OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE
                    COMMAND_ERROR_IS_FATAL ANY)
    file(CREATE_LINK ${path} ${CMAKE_CURRENT_BINARY_DIR}/${runtime} SYMBOLIC)
  endforeach()
endif()
