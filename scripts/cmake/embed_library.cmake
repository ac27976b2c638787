# Writes OUTPUT, a C++ source with the text of every programs/library/**/*.ent under ROOT:
#   cmake -DROOT=… -DOUTPUT=… -P embed_library.cmake
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/*.ent)
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
    file(READ ${ROOT}/${file} text)
    string(REGEX REPLACE "\\.ent$" "" name ${file})
    string(APPEND entries "        {R\"(${name})\", R\"entail(${text})entail\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from programs/library/*.ent.
#include \"programs/library/embedded.h\"

namespace entail {

const std::vector<std::pair<std::string_view, std::string_view>>& embedded_library() {
    static const std::vector<std::pair<std::string_view, std::string_view>> library = {
${entries}    };
    return library;
}

}  // namespace entail
")
