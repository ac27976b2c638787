// Functional programs.
//
//   function := 'fun' name ('(' variable, ... ')')? '=' pipeline '.'
//   pipeline := stage ('|>' stage)*
//   stage    := name ('(' argument, ... ')')?      the arguments that the table of stages asks for
//             | variable                           a parameter that stands for a pipeline
//
// A name that is in no table calls another functional program. Of its arguments, those that hold a
// '|>' are pipelines, the others expressions.

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
    if (at(TokenKind::variable)) return parse_argument();
    Name name = parse_name("a stage of a pipeline");
    const StageInfo* info = find_stage(name.text);
    if (info == nullptr) return parse_call(std::move(name), start);
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

Stage StatementParser::parse_call(Name name, std::size_t start) {
    Stage stage;
    stage.kind = StageKind::call;
    stage.name = std::move(name);
    if (at(TokenKind::open_paren)) {
        open_bracket();
        do {
            if (holds_pipeline()) {
                stage.pipelines.push_back(parse_pipeline());
            } else {
                Pipeline& argument = stage.pipelines.emplace_back();
                argument.stages.push_back(parse_argument());
                argument.span = argument.stages[0].span;
            }
        } while (accept(TokenKind::comma));
        close_bracket("'|>', ',' or ')'");
    }
    stage.span = span_from(start);
    return stage;
}

Stage StatementParser::parse_argument() {
    Stage stage;
    stage.kind = StageKind::argument;
    stage.args.push_back(parse_expression());
    stage.span = stage.args[0].span;
    return stage;
}

bool StatementParser::holds_pipeline() const {
    std::size_t depth = 0;
    for (std::size_t ahead = 0;; ++ahead) {
        switch (token(ahead).kind) {
            case TokenKind::pipe:
                return true;
            case TokenKind::open_paren:
            case TokenKind::open_bracket:
            case TokenKind::open_brace:
                ++depth;
                break;
            case TokenKind::close_paren:
            case TokenKind::close_bracket:
            case TokenKind::close_brace:
                if (depth-- == 0) return false;
                break;
            case TokenKind::comma:
                if (depth == 0) return false;
                break;
            case TokenKind::final_dot:
            case TokenKind::end:
                return false;
            default:
                break;
        }
    }
}

}  // namespace entail::ast
