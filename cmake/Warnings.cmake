# wootz_warnings(target): the warnings that all of Wootz compiles with; errors where WOOTZ_WERROR is on (presets, continuous integration).
option(WOOTZ_WERROR "Treat compiler warnings as errors" OFF)

function(wootz_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow $<$<BOOL:${WOOTZ_WERROR}>:-Werror>)
endfunction()
