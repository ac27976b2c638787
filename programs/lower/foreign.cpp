#include "programs/lower/foreign.h"

namespace entail::lowering {
namespace {

constexpr std::size_t kAny = SIZE_MAX;

constexpr std::string_view kBound =
    "every variable of a clause is bound where the clause holds: write one rule for each case";
constexpr std::string_view kChange =
    "facts do not change while a program runs: say in rules when something holds";
constexpr std::string_view kOutput = "answers are what is shown: write 'query goal.'";
constexpr std::string_view kInput = "facts are read by 'facts name/arity from \"file.csv\".'";
constexpr std::string_view kGoal =
    "goals are no values: call the predicate by its name, in a rule of its own";
constexpr std::string_view kFresh = "terms have no unbound variables here";
constexpr std::string_view kAll =
    "collect by 'findall(Template, Goal, List)', then 'sort(List, Set)'; or use an aggregate";
constexpr std::string_view kChance =
    "chance is said by weights: '0.5::p.', or 'h(V) ~ categorical{...}.'";

struct Foreign {
    std::string_view name;
    std::size_t arity;
    std::string_view hint;
};
constexpr Foreign kForeign[] = {
    {"var", 1, kBound},
    {"nonvar", 1, kBound},
    {"copy_term", 2, kFresh},
    {"term_variables", 2, kFresh},
    {"numbervars", 3, kFresh},
    {"assert", 1, kChange},
    {"asserta", 1, kChange},
    {"assertz", 1, kChange},
    {"retract", 1, kChange},
    {"retractall", 1, kChange},
    {"abolish", 1, kChange},
    {"nb_setval", 2, kChange},
    {"b_setval", 2, kChange},
    {"write", kAny, kOutput},
    {"writeln", kAny, kOutput},
    {"print", kAny, kOutput},
    {"write_canonical", kAny, kOutput},
    {"writeq", kAny, kOutput},
    {"nl", kAny, kOutput},
    {"format", kAny, kOutput},
    {"debugprint", kAny, kOutput},
    {"read", kAny, kInput},
    {"consult", 1, kInput},
    {"csv_load", 2, kInput},
    {"sqlite_load", 1, kInput},
    {"call", kAny, kGoal},
    {"maplist", kAny, kGoal},
    {"foldl", kAny, kGoal},
    {"include", 3, kGoal},
    {"exclude", 3, kGoal},
    {"partition", 4, kGoal},
    {"apply", 2, kGoal},
    {"once", 1, kGoal},
    {"ignore", 1, kGoal},
    {"bagof", 3, kAll},
    {"setof", 3, kAll},
    {"aggregate_all", kAny, kAll},
    {"all", 3, kAll},
    {"all_or_none", 3, kAll},
    {"random", 1, kChance},
    {"random_between", 3, kChance},
    {"subquery", kAny, "the probability of an atom is no value within a program"},
    {"repeat", 0, "a rule is not called again and again: it holds or it does not"},
    {"halt", kAny, "a program ends when its queries are answered"},
};

}  // namespace

std::string_view instead_of(std::string_view name, std::size_t arity) {
    for (const Foreign& foreign : kForeign) {
        if (foreign.name != name) continue;
        if (foreign.arity == kAny || foreign.arity == arity) return foreign.hint;
    }
    return {};
}

}  // namespace entail::lowering
