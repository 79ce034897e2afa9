# wootz_cuda_warnings(target): warnings are errors, in host code, in device code and in ptxas, where register spills and local memory count as
# warnings. -ffp-contract=off makes the host compute what exact.cuh says.
function(wootz_cuda_warnings target)
  target_compile_options(
    ${target}
    PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Werror>
      $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings
      -Xcompiler=-Wall,-Wextra,-Wno-unknown-pragmas,-Werror,-ffp-contract=off
      -Xptxas=--warn-on-spills,--warn-on-local-memory-usage,--warning-as-error>)
endfunction()
