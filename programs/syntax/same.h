#pragma once
// Equality of content, spans ignored: what printing and parsing must preserve.

#include "programs/syntax/ast.h"

namespace entail::ast {

bool same(const Term& a, const Term& b);
bool same(const Weight& a, const Weight& b);
bool same(const Literal& a, const Literal& b);
bool same(const Body& a, const Body& b);
bool same(const Pipeline& a, const Pipeline& b);
bool same(const Statement& a, const Statement& b);
bool same(const File& a, const File& b);

}  // namespace entail::ast
