// Changes of a program that leave its meaning alone. No oracle, so programs may be larger.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>

#include "programs/engine.h"
#include "tests/programs/oracle/generator.h"
#include "tests/support/seed.h"

namespace entail::tests {

namespace {

using Random = std::mt19937_64;

/// Query text -> atom -> bounds; or the fact that the program is refused.
struct Outcome {
    bool refused = false;
    std::string error;
    std::multimap<std::string, std::pair<double, double>> answers;
};

bool is_query(const Sentence& sentence) {
    return sentence.head.rfind("query", 0) == 0;
}

Outcome outcome(const Sentences& sentences) {
    Outcome result;
    try {
        for (const QueryAnswers& query : Engine::from_text(text(sentences)).run().results)
            for (const Answer& answer : query.answers)
                result.answers.emplace(answer.atom, std::pair(answer.lower, answer.upper));
    } catch (const ProgramError& error) {
        result.refused = true;
        result.error = error.what();
    }
    return result;
}

std::string difference(const Outcome& before, const Outcome& after) {
    if (before.refused || after.refused) {
        return before.refused == after.refused
                   ? ""
                   : "only one is refused: " + before.error + after.error;
    }
    // The same atom may answer several queries, always alike.
    for (auto a = before.answers.begin(), b = after.answers.begin();
         a != before.answers.end() || b != after.answers.end(); ++a, ++b) {
        if (a == before.answers.end()) return b->first + " is new";
        if (b == after.answers.end() || a->first < b->first) return a->first + " is gone";
        if (b->first < a->first) return b->first + " is new";
        if (!(std::abs(a->second.first - b->second.first) <= 1e-9) ||
            !(std::abs(a->second.second - b->second.second) <= 1e-9)) {
            return a->first + ": [" + std::to_string(a->second.first) + ", " +
                   std::to_string(a->second.second) + "] became [" +
                   std::to_string(b->second.first) + ", " + std::to_string(b->second.second) + "]";
        }
    }
    return "";
}

std::size_t below(Random& random, std::size_t bound) {
    return static_cast<std::size_t>(random() % bound);
}

/// Rewrites every identifier of the text; strings and numbers do not occur in random programs.
std::string rename(const std::string& text,
                   const std::function<std::string(const std::string&)>& name) {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_')) {
            ++end;
        }
        if (end == i) {
            result += text[i++];
            continue;
        }
        result += name(text.substr(i, end - i));
        i = end;
    }
    return result;
}

void rewrite(Sentences& sentences, const std::function<std::string(const std::string&)>& name) {
    for (Sentence& sentence : sentences) {
        sentence.head = rename(sentence.head, name);
        for (std::string& goal : sentence.body) goal = rename(goal, name);
    }
}

bool is_predicate(const std::string& word) {
    static const std::set<std::string> kOthers = {
        "query",  "evidence", "choose", "in",          "is",     "mod",     "not",      "abs",
        "min",    "max",      "sum",    "count",       "a",      "b",       "c",        "false",
        "member", "nth0",     "length", "categorical", "xor",    "rem",     "append",   "last",
        "select", "sort",     "msort",  "reverse",     "forall", "findall", "sum_list", "max_list"};
    return std::islower(static_cast<unsigned char>(word[0])) && kOthers.count(word) == 0;
}

/// Several random programs in one, which may ask about each other's facts: too large to enumerate.
Sentences larger_program(std::uint64_t seed) {
    Sentences all;
    for (std::uint64_t part = 0; part < 3; ++part) {
        Sentences sentences = random_program(seed * 3 + part);
        // One program's evidence is enough; more would mostly contradict it.
        if (part > 0) {
            std::erase_if(sentences, [](const Sentence& sentence) {
                return sentence.head.empty() || sentence.head.rfind("evidence", 0) == 0;
            });
        }
        rewrite(sentences, [&](const std::string& word) {
            bool is_shared = word == "d" || word == "n";
            return is_predicate(word) && !is_shared ? word + "_" + std::to_string(part) : word;
        });
        all.insert(all.end(), sentences.begin(), sentences.end());
    }
    return all;
}

using Change = std::function<void(Sentences&, Random&)>;

void check_change(const Change& change, int programs = 150) {
    std::uint64_t seed = random_seed();
    for (int i = 0; i < programs; ++i, ++seed) {
        const Sentences original = i % 5 == 0 ? larger_program(seed) : random_program(seed);
        const auto apply = [&](Sentences sentences) {
            Random random(seed);
            change(sentences, random);
            return sentences;
        };
        const bool refused = outcome(original).refused;
        const auto fails = [&](const Sentences& sentences) {
            const Outcome before = outcome(sentences);
            // Shrinking must not turn a program that runs into one that is refused.
            return before.refused == refused &&
                   !difference(before, outcome(apply(sentences))).empty();
        };
        if (!fails(original)) continue;
        const Sentences smallest = shrink(original, fails);
        FAIL_CHECK("replay: ENTAIL_SEED=" << seed << "\n"
                                          << difference(outcome(smallest), outcome(apply(smallest)))
                                          << "\n--- before ---\n"
                                          << text(smallest) << "--- after ---\n"
                                          << text(apply(smallest)));
        return;
    }
}

}  // namespace

TEST_CASE("the order of clauses does not change the answers") {
    check_change([](Sentences& sentences, Random& random) {
        std::shuffle(sentences.begin(), sentences.end(), random);
    });
}

TEST_CASE("names of constants do not matter") {
    const auto is_object = [](const std::string& word) {
        return word == "a" || word == "b" || word == "c";
    };
    const std::uint64_t first = random_seed();
    for (std::uint64_t seed = first; seed < first + 150; ++seed) {
        Sentences sentences = seed % 5 == 0 ? larger_program(seed) : random_program(seed);
        const Outcome before = outcome(sentences);
        if (before.refused) continue;
        // In the same order: the standard order of terms is part of the meaning.
        rewrite(sentences,
                [&](const std::string& word) { return is_object(word) ? "o" + word + "x" : word; });
        Outcome after = outcome(sentences);
        Outcome back = after;
        back.answers.clear();
        for (auto& [atom, bounds] : after.answers) {
            back.answers.emplace(rename(atom,
                                        [&](const std::string& word) {
                                            bool is_new = word.size() == 3 && word[0] == 'o' &&
                                                          word[2] == 'x';
                                            return is_new ? word.substr(1, 1) : word;
                                        }),
                                 bounds);
        }
        const std::string changed = difference(before, back);
        if (changed.empty()) continue;
        FAIL_CHECK("replay: ENTAIL_SEED=" << seed << "\n" << changed << "\n" << text(sentences));
        return;
    }
}

TEST_CASE("facts may be split into two predicates and put together by rules") {
    check_change([](Sentences& sentences, Random& random) {
        Sentences parts;
        std::set<std::string> split;
        for (Sentence& sentence : sentences) {
            bool is_fact = sentence.body.empty() && !is_query(sentence) &&
                           (sentence.head.rfind("n(", 0) == 0 || sentence.head.rfind("e(", 0) == 0);
            if (!is_fact) continue;
            const std::string part =
                sentence.head.substr(0, 1) + (random() % 2 == 0 ? "one" : "two");
            sentence.head = part + sentence.head.substr(1);
            split.insert(part);
        }
        for (const std::string& part : split) {
            sentences.push_back({part.substr(0, 1) + "(X,Y)", {part + "(X,Y)"}});
        }
    });
}

TEST_CASE("one thread and two give the same bytes") {
    const std::uint64_t first = random_seed();
    for (std::uint64_t seed = first; seed < first + 100; ++seed) {
        const std::string program =
            text(seed % 2 == 0 ? larger_program(seed) : random_program(seed));
        const auto run = [&](unsigned threads) {
            Options options;
            options.threads = threads;
            try {
                return to_text(Engine::from_text(program, options).run());
            } catch (const ProgramError& error) {
                return std::string(error.what());
            }
        };
        const std::string one = run(1);
        CHECK_MESSAGE(one == run(2), "replay: ENTAIL_SEED=" << seed << "\n" << program);
    }
}

TEST_CASE("the order of literals does not change the answers") {
    check_change([](Sentences& sentences, Random& random) {
        for (Sentence& sentence : sentences)
            std::shuffle(sentence.body.begin(), sentence.body.end(), random);
    });
}

TEST_CASE("a literal stated twice changes nothing") {
    check_change([](Sentences& sentences, Random& random) {
        for (Sentence& sentence : sentences) {
            if (sentence.body.empty()) continue;
            // A second `_` would be a variable of its own, and so more instances.
            const std::string goal = sentence.body[below(random, sentence.body.size())];
            if (goal.find('_') == std::string::npos) sentence.body.push_back(goal);
        }
    });
}

TEST_CASE("names of variables do not matter") {
    check_change([](Sentences& sentences, Random&) {
        rewrite(sentences, [](const std::string& word) {
            return std::isupper(static_cast<unsigned char>(word[0])) ? "Z" + word + "_v" : word;
        });
    });
}

TEST_CASE("names of predicates do not matter") {
    const std::uint64_t first = random_seed();
    for (std::uint64_t seed = first; seed < first + 150; ++seed) {
        Sentences sentences = random_program(seed);
        const Outcome before = outcome(sentences);
        // Reversed names also reverse every order that depends on them.
        rewrite(sentences, [](const std::string& word) {
            return is_predicate(word) ? "r" + std::string(word.rbegin(), word.rend()) : word;
        });
        Outcome after;
        for (auto& [atom, bounds] : outcome(sentences).answers) {
            after.answers.emplace(
                rename(atom,
                       [](const std::string& word) {
                           return is_predicate(word) ? std::string(word.rbegin(), word.rend() - 1)
                                                     : word;
                       }),
                bounds);
        }
        after.refused = before.refused;
        if (before.refused) continue;
        const std::string changed = difference(before, after);
        if (changed.empty()) continue;
        FAIL_CHECK("replay: ENTAIL_SEED=" << seed << "\n" << changed << "\n" << text(sentences));
        return;
    }
}

TEST_CASE("a true subgoal changes nothing") {
    check_change([](Sentences& sentences, Random& random) {
        for (Sentence& sentence : sentences) {
            if (sentence.body.empty()) continue;
            const auto at = below(random, sentence.body.size() + 1);
            sentence.body.insert(sentence.body.begin() + static_cast<std::ptrdiff_t>(at),
                                 random() % 2 == 0 ? "yes" : "1 < 2");
        }
        sentences.push_back({"yes", {}});
    });
}

TEST_CASE("a clause that never fires changes nothing") {
    check_change([](Sentences& sentences, Random&) {
        const Sentences before = sentences;
        for (const Sentence& sentence : before) {
            if (sentence.body.empty() || sentence.head.empty() || is_query(sentence)) continue;
            if (sentence.head.rfind("choose", 0) == 0) continue;
            Sentence never = sentence;
            never.body.push_back("2 < 1");
            sentences.push_back(never);
        }
    });
}

TEST_CASE("X in a set is the same as facts") {
    check_change([](Sentences& sentences, Random&) {
        std::string objects;
        for (const char* object : {"a", "b", "c"}) {
            for (const Sentence& sentence : sentences) {
                if (sentence.head == std::string("d(") + object + ")") {
                    objects += (objects.empty() ? "{" : ", ") + std::string(object);
                    break;
                }
            }
        }
        if (objects.empty()) return;
        for (Sentence& sentence : sentences) {
            for (std::string& goal : sentence.body) {
                if (goal.size() > 3 && goal.rfind("d(X", 0) == 0)
                    goal = goal.substr(2, goal.size() - 3) + " in " + objects + "}";
            }
        }
    });
}

TEST_CASE("choices that nothing asks about change nothing") {
    check_change([](Sentences& sentences, Random&) {
        sentences.push_back({"0.37::irrelevant", {}});
        sentences.push_back(
            {"0.2::irrelevant(X,1) ; 0.3::irrelevant(X,2)", {"d(X)", "irrelevant"}});
        sentences.push_back({"choose unasked(X) in 1..9", {}});
        if (std::none_of(sentences.begin(), sentences.end(),
                         [](const Sentence& s) { return s.head.rfind("d(", 0) == 0; })) {
            sentences.push_back({"d(a)", {}});
        }
    });
}

TEST_CASE("a coin with a rule is the rule with a coin") {
    check_change([](Sentences& sentences, Random&) {
        const Sentences before = sentences;
        for (std::size_t i = 0; i < before.size(); ++i) {
            const std::string& head = before[i].head;
            const std::size_t colons = head.find("::");
            if (!before[i].body.empty() || colons == std::string::npos ||
                head.find(';') != std::string::npos) {
                continue;
            }
            const std::string coin = "coin" + std::to_string(i);
            sentences[i] = {head.substr(colons + 2), {coin}};
            sentences.push_back({head.substr(0, colons) + "::" + coin, {}});
        }
    });
}

TEST_CASE("a copy of the program under other names changes nothing") {
    check_change([](Sentences& sentences, Random&) {
        const Sentences before = sentences;
        for (const Sentence& sentence : before) {
            // Evidence and constraints stay those of the original.
            if (is_query(sentence) || sentence.head.empty() ||
                sentence.head.rfind("evidence", 0) == 0) {
                continue;
            }
            Sentences copy = {sentence};
            rewrite(copy, [](const std::string& word) {
                return is_predicate(word) ? word + "copy" : word;
            });
            sentences.push_back(copy.front());
        }
    });
}

}  // namespace entail::tests
