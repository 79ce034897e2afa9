# What `cmake --install` puts under the prefix: the shared library, the headers, a CMake package (find_package(wootz) -> wootz::wootz) and a
# pkg-config file. Both find their prefix relative to themselves, so the tree may be moved.
include(CMakePackageConfigHelpers)

install(TARGETS wootz EXPORT wootz)
install(DIRECTORY src/main/cpp/include/wootz TYPE INCLUDE)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/wootz)
install(EXPORT wootz NAMESPACE wootz:: FILE wootzConfig.cmake DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/wootzConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wootzConfigVersion.cmake DESTINATION ${package_dir})

file(RELATIVE_PATH WOOTZ_PREFIX_FROM_PKGCONFIG /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/wootz.pc.in ${CMAKE_CURRENT_BINARY_DIR}/wootz.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wootz.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
