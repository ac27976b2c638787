#pragma once
// What the sources of this folder share: the insides of a context, and guarded calls.

#include <z3++.h>

#include <functional>
#include <string>
#include <vector>

#include "symbolic/smt/solver.h"

namespace entail::smt {

struct Context::State {
    z3::context z3;
    std::vector<z3::expr> terms;
    std::vector<Term> negations;  // by term; `true` where none has been asked for
    std::vector<z3::func_decl> functions;
    bool is_finite = true;  // no variable but booleans, and no quantifier

    z3::sort sort(Sort of) {
        return of == Sort::boolean   ? z3.bool_sort()
               : of == Sort::integer ? z3.int_sort()
               : of == Sort::real    ? z3.real_sort()
                                     : z3.uninterpreted_sort("individual");
    }

    const z3::expr& operator[](Term term) const { return terms[term.id()]; }
    Term keep(const z3::expr& term) {
        terms.push_back(term);
        return Term(static_cast<std::uint32_t>(terms.size() - 1));
    }
};

struct Model::State {
    const Context::State* context;
    z3::model model;
};

/// What a guarded call came to.
struct Guarded {
    Check check = Check::unknown;
    std::string reason;  ///< of `unknown`
};

/// Calls `check` on this thread while another one watches the limits and interrupts Z3 when one is
/// reached. `reason_unknown` says why Z3 gave up by itself.
Guarded guarded(z3::context& context, const Limits& limits,
                const std::function<z3::check_result()>& check,
                const std::function<std::string()>& reason_unknown);

}  // namespace entail::smt
