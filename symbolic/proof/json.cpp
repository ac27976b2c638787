#include "symbolic/proof/json.h"

#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "symbolic/proof/names.h"

namespace entail::proof {
namespace {

// Keys keep the order in which they are written.
using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

// --- writing ---

/// Texts, numbers and lists that say nothing are left out.
void put(Json& object, const char* key, const std::string& text) {
    if (!text.empty()) object[key] = text;
}
void put(Json& object, const char* key, const std::optional<double>& number) {
    if (number) object[key] = *number;
}
void put_id(Json& object, const char* key, std::uint32_t id) {
    if (id != kNone) object[key] = id;
}

void put(Json& object, const Place& place) {
    if (place.file.empty()) return;
    object["place"] = {
        {"file", place.file}, {"line", place.line}, {"begin", place.begin}, {"end", place.end}};
}

Json write(const Binding& binding) {
    return {{"variable", binding.variable}, {"value", binding.value}};
}

Json write(const ChoiceUse& use) {
    return {{"choice", use.choice}, {"alternatives", use.alternatives}};
}

Json write(const Alternative& alternative) {
    Json json = Json::object();
    put(json, "atom", alternative.atom);
    put(json, "value", alternative.value);
    json["weight"] = alternative.weight;
    return json;
}

Json write(const Premise& premise);
Json write(const Member& member);
Json write(const Failure& failure);
Json write(const Choice& choice);
Json write(const Step& step);
Json write(const Condition& condition);

template <typename Item>
void put_list(Json& object, const char* key, const std::vector<Item>& items) {
    if (items.empty()) return;
    Json& list = object[key] = Json::array();
    for (const Item& item : items) list.push_back(write(item));
}

Json write(const Premise& premise) {
    Json json = {{"literal", premise.literal}};
    put_id(json, "step", premise.step);
    return json;
}

Json write(const Member& member) {
    Json json = {{"tuple", member.tuple}, {"status", name(member.status)}};
    put_id(json, "step", member.step);
    return json;
}

Json write(const Failure& failure) {
    Json json = {{"kind", name(failure.kind)}};
    put_id(json, "rule", failure.rule);
    put(json, failure.place);
    put(json, "text", failure.text);
    put_list(json, "bindings", failure.bindings);
    put(json, "literal", failure.literal);
    put_id(json, "step", failure.step);
    if (failure.kind == Failure::Kind::choice) json["use"] = write(failure.use);
    return json;
}

Json write(const Choice& choice) {
    Json json = {{"kind", name(choice.kind)}, {"weights", name(choice.weights)}};
    put(json, choice.place);
    put(json, "text", choice.text);
    put_list(json, "instance", choice.instance);
    put_list(json, "alternatives", choice.alternatives);
    json["allowed"] = choice.allowed;
    put(json, "module", choice.module);
    put(json, "concept", choice.concept_name);
    put(json, "input", choice.input);
    put(json, "input_path", choice.input_path);
    return json;
}

Json write(const Step& step) {
    Json json = {{"kind", name(step.kind)}, {"atom", step.atom}};
    put(json, step.place);
    put(json, "text", step.text);
    if (step.is_input) json["input"] = true;
    put_id(json, "rule", step.rule);
    put_list(json, "bindings", step.bindings);
    put_list(json, "premises", step.premises);
    put_list(json, "uses", step.uses);
    put(json, "function", step.function);
    put(json, "value", step.value);
    put_list(json, "members", step.members);
    put_list(json, "failures", step.failures);
    put(json, "probability", step.probability);
    put(json, "total", step.total);
    return json;
}

Json write(const Condition& condition) {
    Json json = {{"kind", condition.is_constraint ? "constraint" : "evidence"},
                 {"text", condition.text}};
    put(json, condition.place);
    return json;
}

// --- reading ---

/// A value with the way to it, for messages.
class Reader {
public:
    Reader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {}

    [[noreturn]] void refuse(const std::string& what) const {
        throw FormatError("proof: " + (path_.empty() ? "the whole" : path_) + ": " + what);
    }

    bool has(const char* key) const { return object().contains(key); }
    Reader at(const char* key) const {
        if (!has(key)) refuse(fmt::format("'{}' is missing", key));
        return {json_.at(key), path_.empty() ? key : path_ + "." + key};
    }

    void read(const char* key, std::string& text) const {
        if (has(key)) text = at(key).text();
    }
    void read(const char* key, std::optional<double>& number) const {
        if (has(key)) number = at(key).number();
    }
    void read(const char* key, std::uint32_t& id) const {
        if (has(key)) id = at(key).natural();
    }
    void read(const char* key, std::vector<std::uint32_t>& list) const {
        if (!has(key)) return;
        at(key).each([&](const Reader& item) { list.push_back(item.natural()); });
    }
    template <typename Item>
    void read(const char* key, std::vector<Item>& list) const {
        if (!has(key)) return;
        at(key).each([&](const Reader& item) {
            list.emplace_back();
            item.read(list.back());
        });
    }

    std::string text() const {
        if (!json_.is_string()) refuse("a text is wanted");
        return json_.get<std::string>();
    }
    double number() const {
        if (!json_.is_number()) refuse("a number is wanted");
        return json_.get<double>();
    }
    bool truth() const {
        if (!json_.is_boolean()) refuse("true or false is wanted");
        return json_.get<bool>();
    }
    std::uint32_t natural() const {
        bool fits = json_.is_number_unsigned() &&
                    json_.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
        if (!fits) refuse("a natural number below 2^32 is wanted");
        return json_.get<std::uint32_t>();
    }
    template <typename Kind>
    Kind kind() const {
        std::string given = text();
        if (auto found = kind_of<Kind>(given)) return *found;
        std::string known;
        for (const auto& [kind, name] : names(Kind{})) {
            known += (known.empty() ? "" : ", ") + std::string(name);
        }
        refuse("'" + given + "' is none of " + known);
    }
    template <typename Visit>
    void each(const Visit& visit) const {
        if (!json_.is_array()) refuse("a list is wanted");
        std::size_t i = 0;
        for (const Json& item : json_) visit(Reader(item, fmt::format("{}[{}]", path_, i++)));
    }

    void read(Place& place) const {
        place.file = at("file").text();
        place.line = at("line").natural();
        place.begin = at("begin").natural();
        place.end = at("end").natural();
    }
    void read(Binding& binding) const {
        binding.variable = at("variable").text();
        binding.value = at("value").text();
    }
    void read(ChoiceUse& use) const {
        use.choice = at("choice").natural();
        read("alternatives", use.alternatives);
    }
    void read(Alternative& alternative) const {
        read("atom", alternative.atom);
        read("value", alternative.value);
        alternative.weight = at("weight").number();
    }
    void read(Premise& premise) const {
        premise.literal = at("literal").text();
        read("step", premise.step);
    }
    void read(Member& member) const {
        member.tuple = at("tuple").text();
        member.status = at("status").kind<Member::Status>();
        read("step", member.step);
    }
    void read(Failure& failure) const {
        failure.kind = at("kind").kind<Failure::Kind>();
        read("rule", failure.rule);
        if (has("place")) at("place").read(failure.place);
        read("text", failure.text);
        read("bindings", failure.bindings);
        read("literal", failure.literal);
        read("step", failure.step);
        if (failure.kind == Failure::Kind::choice) at("use").read(failure.use);
    }
    void read(Choice& choice) const {
        choice.kind = at("kind").kind<Choice::Kind>();
        choice.weights = at("weights").kind<Choice::Weights>();
        if (has("place")) at("place").read(choice.place);
        read("text", choice.text);
        read("instance", choice.instance);
        read("alternatives", choice.alternatives);
        read("allowed", choice.allowed);
        read("module", choice.module);
        read("concept", choice.concept_name);
        read("input", choice.input);
        read("input_path", choice.input_path);
    }
    void read(Step& step) const {
        step.kind = at("kind").kind<Step::Kind>();
        step.atom = at("atom").text();
        if (has("place")) at("place").read(step.place);
        read("text", step.text);
        if (has("input")) step.is_input = at("input").truth();
        read("rule", step.rule);
        read("bindings", step.bindings);
        read("premises", step.premises);
        read("uses", step.uses);
        read("function", step.function);
        read("value", step.value);
        read("members", step.members);
        read("failures", step.failures);
        read("probability", step.probability);
        read("total", step.total);
    }
    void read(Condition& condition) const {
        std::string kind = at("kind").text();
        if (kind != "constraint" && kind != "evidence") {
            at("kind").refuse("'" + kind + "' is none of constraint, evidence");
        }
        condition.is_constraint = kind == "constraint";
        condition.text = at("text").text();
        if (has("place")) at("place").read(condition.place);
    }

private:
    const Json& object() const {
        if (!json_.is_object()) refuse("an object is wanted");
        return json_;
    }

    const Json& json_;
    std::string path_;
};

}  // namespace

std::string to_json(const Proof& proof) {
    Json json = {{"version", kVersion}, {"query", proof.query}, {"holds", proof.holds}};
    json["search"] = name(proof.search);
    if (proof.lower && proof.upper) {
        bool is_one = *proof.lower == *proof.upper;
        json["probability"] = is_one ? Json(*proof.lower) : Json(nullptr);
        json["lower"] = *proof.lower;
        json["upper"] = *proof.upper;
    }
    put_list(json, "conditions", proof.conditions);
    json["meets_conditions"] = proof.meets_conditions;
    put_list(json, "choices", proof.choices);
    put_list(json, "steps", proof.steps);
    put_id(json, "root", proof.root);
    // What is no UTF-8 in a name must not end in an exception here.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Proof from_json(std::string_view text) {
    Json json;
    try {
        json = Json::parse(text);
    } catch (const Json::parse_error& error) {
        throw FormatError(fmt::format("proof: no JSON: byte {}: {}", error.byte,
                                      text.empty() ? "the text is empty" : "unexpected here"));
    }
    Reader reader(json, "");
    if (std::uint32_t version = reader.at("version").natural(); version != kVersion) {
        reader.at("version").refuse(fmt::format("{} is not known, only {}", version, kVersion));
    }
    Proof proof;
    proof.query = reader.at("query").text();
    proof.holds = reader.at("holds").truth();
    proof.search = reader.at("search").kind<Proof::Search>();
    reader.read("lower", proof.lower);
    reader.read("upper", proof.upper);
    reader.read("conditions", proof.conditions);
    proof.meets_conditions = reader.at("meets_conditions").truth();
    reader.read("choices", proof.choices);
    reader.read("steps", proof.steps);
    reader.read("root", proof.root);
    if (std::string wrong = malformed(proof); !wrong.empty()) throw FormatError("proof: " + wrong);
    return proof;
}

}  // namespace entail::proof
