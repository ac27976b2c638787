// Functional programs.
//
//   function := 'fun' name ('(' variable, ... ')')? '=' pipeline '.'
//   pipeline := stage ('|>' stage)*
//   stage    := name ('(' argument, ... ')')?      the arguments that the table below asks for

#include "programs/syntax/stages.h"
#include "programs/syntax/statement_parser.h"
#include "symbolic/base/utf8.h"

namespace entail::ast {

Function StatementParser::parse_function() {
    advance();
    Function function;
    function.name = parse_name("the name of a functional program");
    if (at(TokenKind::open_paren)) {
        open_bracket();
        do {
            if (!at(TokenKind::variable)) fail("a variable as parameter");
            function.parameters.push_back(parse_expression());
        } while (accept(TokenKind::comma));
        close_bracket("',' or ')'");
    }
    expect(TokenKind::unify, function.parameters.empty() ? "'(' or '='" : "'='");
    function.pipeline = parse_pipeline();
    end_statement("'|>' or '.'");
    return function;
}

Pipeline StatementParser::parse_pipeline() {
    Nested nested(*this);
    std::size_t start = position_;
    Pipeline pipeline;
    do pipeline.stages.push_back(parse_stage());
    while (accept(TokenKind::pipe));
    pipeline.span = span_from(start);
    return pipeline;
}

Stage StatementParser::parse_stage() {
    std::size_t start = position_;
    Name name = parse_name("a stage of a pipeline");
    const StageInfo* info = find_stage(name.text);
    if (info == nullptr) {
        fail_at(name.span, "stages are " + stage_names(), DiagnosticCode::unknown_stage,
                shorten(name.text));
    }
    Stage stage;
    stage.kind = info->kind;
    if (at(TokenKind::open_paren)) {
        open_bracket();
        do {
            if (info->pipelines != 0) {
                stage.pipelines.push_back(parse_pipeline());
            } else {
                stage.args.push_back(parse_expression());
            }
        } while (accept(TokenKind::comma));
        close_bracket(info->pipelines != 0 ? "'|>', ',' or ')'" : "',' or ')'");
    }
    stage.span = span_from(start);
    std::size_t given = stage.args.size() + stage.pipelines.size();
    std::size_t wanted = info->terms + info->pipelines;
    if (given != wanted) {
        report(stage.span, {}, DiagnosticCode::stage_arity, name.text, given, wanted);
    }
    return stage;
}

}  // namespace entail::ast
