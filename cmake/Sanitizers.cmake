# WOOTZ_SANITIZE: a comma-separated list for -fsanitize=, applied to everything that is compiled after this file is included.
set(WOOTZ_SANITIZE "" CACHE STRING "Sanitizers: 'address,undefined' or 'thread'; empty for none")

if(WOOTZ_SANITIZE)
  add_compile_options(-fsanitize=${WOOTZ_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WOOTZ_SANITIZE})
endif()
