# Builds and runs a program that uses Entail as its users do:
#   cmake -DKIND=installed|subfolder -DBUILD=<build of Entail> -DWORK=<scratch> -DCOMPILER=… -DFLAGS=…
#         -P run.cmake
# `installed` takes the package from an installation that was moved after it was made. `subfolder`
# builds Entail anew as a part of the program, with shared libraries and default options, and then
# installs that, so that a shared installation finds its own libraries.
function(run)
    list(JOIN ARGV " " line)
    message(STATUS "${line}")
    execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${WORK}/prefix ${WORK}/moved)
set(arguments -S ${CMAKE_CURRENT_LIST_DIR}/${KIND} -B ${WORK}/build -G Ninja
              -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${WORK}/moved)
if(KIND STREQUAL installed)
    run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
    file(RENAME ${WORK}/prefix ${WORK}/moved)
    list(APPEND arguments -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS=${FLAGS})
else()
    list(APPEND arguments -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0
                          -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()

run(${CMAKE_COMMAND} ${arguments})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)

if(KIND STREQUAL subfolder)
    run(${CMAKE_COMMAND} --install ${WORK}/build --prefix ${WORK}/prefix)
    file(RENAME ${WORK}/prefix ${WORK}/moved)
endif()
if(EXISTS ${WORK}/moved/bin/entail)
    run(${WORK}/moved/bin/entail --help)
endif()
