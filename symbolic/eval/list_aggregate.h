#pragma once
// `findall` over uncertain members: every list that some world may give, with the formula for it.
//
// From the last member to the first, each list so far is continued with the member and without it;
// what a list rests on is a chain of derivations, as in aggregate.h. Which alternative a member
// stands for is kept, so that lists which no world gives are not made: one of three dice adds six
// cases, not 64.
// Cost: members x lists. Lists of certain members alone cost their length.

#include <vector>

#include "symbolic/eval/aggregate.h"

namespace entail::eval {

/// `members` are in the order of the list; their values stand in `value_column`. More than `limit`
/// lists set `exceeded`, and the result is then empty.
std::vector<Aggregate::Outcome> list_outcomes(Database& database, std::uint32_t instance,
                                              const Relation& relation,
                                              const std::vector<Row>& members,
                                              std::uint32_t value_column, std::size_t limit,
                                              bool& exceeded);

}  // namespace entail::eval
