#pragma once
// Statements. A word such as `type` opens a statement of its own when something follows that could
// not follow a head (`type color = …`, but not `type(1).`); a quoted name never does.

#include <optional>

#include "programs/syntax/formula_parser.h"
#include "programs/syntax/parser.h"

namespace entail::ast {

class StatementParser : public FormulaParser {
public:
    using FormulaParser::FormulaParser;
    ~StatementParser() = default;

    File parse_file();
    /// Reads all of the text by `read`, a member of this class; empty after an error.
    template <typename Result>
    std::optional<Result> parse_fragment(Result (StatementParser::*read)()) {
        fragment_ = true;
        begin_statement();
        try {
            Result result = (this->*read)();
            end_statement("the end of the text");
            if (!at(TokenKind::end)) fail("the end of the text");
            if (failed_ || reporter_.exhausted()) return {};
            return result;
        } catch (const SyntaxError&) {
            return {};
        }
    }

    Term read_atom() { return parse_atom_term(); }
    Term read_term() { return parse_expression(); }
    Literal read_literal() { return parse_one_literal(); }
    Body read_conjunction() { return parse_choice(); }
    Setting read_setting();

private:
    using Form = decltype(Statement::form);

    Form parse_statement();
    bool begins_word_statement() const;

    // clauses.cpp
    Form parse_clause();
    Form finish_draw(Clause clause);
    Distribution parse_distribution();
    void parse_categorical(Distribution& distribution);
    Choose parse_choose();
    Form parse_constraint();
    Body parse_optional_body();
    void check_alternative(const Head& head);
    void check_head(const Term& atom);
    void check_value_argument(const Term& head);
    Weight to_weight(Term term);
    bool to_number(const Term& term, Weight& weight) const;
    Network to_network(Term term);
    Form to_request(Term head);
    Form parse_negated_request();

    // declarations.cpp
    Objective parse_objective();
    TypeDeclaration parse_type();
    Signature parse_signature();
    ModuleDeclaration parse_module();
    Input parse_input();
    FactsFile parse_facts();
    Query parse_query();
    Evidence parse_evidence();
    Never parse_never();
    Always parse_always();
    Invariant parse_invariant();
    Import parse_import();
    Sentence parse_fol();
    Claim parse_claim();
    bool parse_sign();

    // pipelines.cpp
    Function parse_function();
    Pipeline parse_pipeline();
    Stage parse_stage();
    Stage parse_call(Name name, std::size_t start);
    Stage parse_argument();
    /// A `|>` stands in the argument at the cursor, at any depth.
    bool holds_pipeline() const;
};

}  // namespace entail::ast
