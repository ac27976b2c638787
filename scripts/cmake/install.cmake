# Libraries, headers by their path from the root, the command, and the CMake package `entail`.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/entail)

install(TARGETS entail ${entail_targets} EXPORT entailTargets
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/entail
    FILE_SET tables DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/entail)
install(EXPORT entailTargets NAMESPACE entail:: DESTINATION ${package_dir})
if(TARGET entail_command)
    install(TARGETS entail_command)
endif()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/entailConfig.cmake.in
    ${PROJECT_BINARY_DIR}/entailConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/entailConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/entailConfig.cmake
              ${PROJECT_BINARY_DIR}/entailConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindZ3.cmake
        DESTINATION ${package_dir})
