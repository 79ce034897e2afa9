# One object library per instruction set, from one list of sources.
#
#   wootz_cpu_targets(<objects> <definitions> <source>...)
#
# compiles the sources once for each instruction set that the target architecture knows, with -DWZ_ISA=<name> (their namespace) and the
# folder of that name first in the include path (its simd.h). <objects> becomes the list of object libraries, <definitions> the list of
# WZ_HAS_<NAME>=1 for the dispatcher, which asks the processor for exactly the features listed here (base/cpu_features.cc).
include(Warnings)

# Same bits everywhere: no contraction into fused multiply-adds, no reassociation. Nobody reads errno or the floating-point exception flags,
# which would keep loops with a choice in them from being vectorised.
set(WOOTZ_KERNEL_OPTIONS -ffp-contract=off -fno-math-errno -fno-trapping-math)

# A kernel library is optimised even where the rest is built for the sanitizers: -O1 leaves intrinsics and lambdas as calls.
function(wootz_kernel_library name isa)
  add_library(${name} OBJECT ${ARGN})
  target_compile_definitions(${name} PRIVATE WZ_ISA=${isa})
  target_compile_options(${name} PRIVATE ${WOOTZ_KERNEL_OPTIONS} $<$<CONFIG:Release>:-O3>)
  wootz_warnings(${name})
endfunction()

function(wootz_cpu_targets objects definitions)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    set(isas avx512 avx2)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
    set(isas neon)
  else()
    set(isas)
  endif()
  set(avx2_options -mavx2 -mfma -mf16c -mbmi -mbmi2 -mlzcnt -mpopcnt)
  set(avx512_options ${avx2_options} -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mprefer-vector-width=512)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC bug 105593: the headers' own "undefined" vectors are reported as uninitialised.
    list(APPEND avx512_options -Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
  set(neon_options)

  set(libraries)
  set(defines)
  foreach(isa IN LISTS isas)
    wootz_kernel_library(wootz_${isa} ${isa} ${ARGN})
    target_compile_options(wootz_${isa} PRIVATE ${${isa}_options})
    target_include_directories(wootz_${isa} PRIVATE src/main/cpp/${isa})
    list(APPEND libraries wootz_${isa})
    string(TOUPPER ${isa} upper)
    list(APPEND defines WZ_HAS_${upper}=1)
  endforeach()
  set(${objects} ${libraries} PARENT_SCOPE)
  set(${definitions} ${defines} PARENT_SCOPE)
endfunction()
