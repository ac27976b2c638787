#include "programs/functional/law.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <set>
#include <stdexcept>

namespace entail::functional {

using ast::StageKind;

namespace {

/// Assignments to the attributes of one object.
struct Mask {
    std::array<std::uint64_t, 2> words{};

    static Mask first(std::uint32_t count) {
        Mask mask;
        for (std::uint32_t i = 0; i < count; ++i) mask.add(i);
        return mask;
    }
    void add(std::uint32_t i) { words[i / 64] |= std::uint64_t{1} << (i % 64); }
    bool empty() const { return (words[0] | words[1]) == 0; }
    Mask operator&(const Mask& other) const {
        return {{words[0] & other.words[0], words[1] & other.words[1]}};
    }
    Mask operator|(const Mask& other) const {
        return {{words[0] | other.words[0], words[1] | other.words[1]}};
    }
    Mask without(const Mask& other) const {
        return {{words[0] & ~other.words[0], words[1] & ~other.words[1]}};
    }
};
constexpr std::uint32_t kMaxKinds = 128;

/// How far a program tells objects apart: for each attribute that it reads, its values in classes;
/// a *kind* is one class of each.
class Kinds {
public:
    Kinds(const Code& code, const Vocabulary& vocabulary) {
        for (std::uint32_t a = 0; a < vocabulary.attributes.size(); ++a) add(code, vocabulary, a);
    }
    std::size_t count() const { return count_; }

    /// The kinds whose attribute has the value.
    const Mask& having(std::uint32_t value) const { return having_[value]; }

    void fill_masks(std::size_t values) {
        having_.resize(values);
        std::uint32_t stride = 1;
        for (const auto& classes : read_) {
            auto size = static_cast<std::uint32_t>(classes.size());
            for (std::uint32_t c = 0; c < size; ++c) {
                if (classes[c].size() != 1) continue;  // nothing asks for one of them
                for (std::uint32_t kind = 0; kind < count_; ++kind) {
                    if (kind / stride % size == c) having_[classes[c][0]].add(kind);
                }
            }
            stride *= size;
        }
    }

    /// The weight of each kind for one object.
    std::vector<double> weights(const UncertainScene& scene, std::uint32_t object) const {
        std::vector<double> result{1.0};
        for (const auto& classes : read_) {
            std::vector<double> next;
            for (const auto& one : classes) {
                double weight = 0;
                for (std::uint32_t value : one) weight += scene.weight(object, value);
                for (double before : result) next.push_back(before * weight);
            }
            result = std::move(next);
        }
        return result;
    }

private:
    void add(const Code& code, const Vocabulary& vocabulary, std::uint32_t attribute) {
        const Vocabulary::Attribute& known = vocabulary.attributes[attribute];
        std::set<std::uint32_t> named;
        bool is_read = false;
        for (const Instruction& step : code) {
            bool is_detailed = step.kind == StageKind::same || step.kind == StageKind::query;
            if ((!is_detailed && step.kind != StageKind::filter) || step.name != attribute)
                continue;
            is_read = true;
            if (!is_detailed && step.value != kNone) named.insert(step.value);
            for (std::uint32_t k = 0; is_detailed && k < known.count; ++k) {
                named.insert(known.first + k);
            }
        }
        if (!is_read) return;
        auto& classes = read_.emplace_back();
        std::vector<std::uint32_t> others;
        for (std::uint32_t v = known.first; v < known.first + known.count; ++v) {
            if (named.contains(v)) {
                classes.push_back({v});
            } else {
                others.push_back(v);
            }
        }
        // A class of one value would be taken for a named one; harmless, it is that value.
        if (!others.empty()) classes.push_back(std::move(others));
        count_ *= classes.size();
        count_ = std::min<std::size_t>(count_, kMaxKinds + 1);
    }

    std::vector<std::vector<std::vector<std::uint32_t>>> read_;  // by attribute: classes of values
    std::size_t count_ = 1;
    std::vector<Mask> having_;  // by value
};

class Search {
public:
    Search(const Code& code, const UncertainScene& scene, const Vocabulary& vocabulary,
           const LawLimits& limits)
        : code_(code),
          scene_(scene.scene),
          vocabulary_(vocabulary),
          limits_(limits),
          kinds_(code, vocabulary),
          size_(scene.scene.size) {
        kinds_.fill_masks(vocabulary.values.size());
        all_ = Mask::first(static_cast<std::uint32_t>(kinds_.count()));
        for (std::uint32_t x = 0; x < size_; ++x) weights_.push_back(kinds_.weights(scene, x));
        sets_.resize(code.size() * size_);
        objects_.resize(code.size());
    }

    Law run() {
        std::vector<Mask> allowed(size_, all_);
        for (std::uint32_t x = 0; x < size_; ++x) {
            for (std::uint32_t kind = 0; kind < kinds_.count(); ++kind) {
                Mask one;
                one.add(kind);
                if (weights_[x][kind] <= 0) allowed[x] = allowed[x].without(one);
            }
        }
        go(0, allowed);
        for (const auto& [value, mass] : masses_) {
            if (mass > 0) law_.outcomes.push_back({{result_of(code_.back().kind), value}, mass});
        }
        return std::move(law_);
    }

private:
    Mask* set(std::uint32_t step) { return sets_.data() + step * size_; }

    double mass(std::uint32_t object, const Mask& mask) const {
        const double* weights = weights_[object].data();
        double sum = 0;
        for (std::uint64_t w = mask.words[0]; w != 0; w &= w - 1) {
            sum += weights[std::countr_zero(w)];
        }
        for (std::uint64_t w = mask.words[1]; w != 0; w &= w - 1) {
            sum += weights[64 + std::countr_zero(w)];
        }
        return sum;
    }

    bool gives_up() {
        bool stops = ++cases_ > limits_.max_cases ||
                     (limits_.interrupt != nullptr && (cases_ & 1023U) == 0 &&
                      limits_.interrupt->load(std::memory_order_relaxed));
        law_.is_complete = law_.is_complete && !stops;
        return !law_.is_complete;
    }

    /// The steps from `i` on, in the worlds in which each object x is of a kind in allowed[x].
    void go(std::uint32_t i, const std::vector<Mask>& allowed) {
        if (gives_up()) return;
        for (; i < code_.size(); ++i) {
            const Instruction& step = code_[i];
            Mask* result = set(i);
            switch (step.kind) {
                case StageKind::scene:
                    std::fill_n(result, size_, all_);
                    break;
                case StageKind::filter:
                    for (std::uint32_t x = 0; x < size_; ++x) {
                        result[x] = step.value == kNone
                                        ? Mask{}
                                        : set(step.input)[x] & kinds_.having(step.value);
                    }
                    break;
                case StageKind::relate: {
                    ObjectSet related = scene_.related[step.name * size_ + objects_[step.input]];
                    for (std::uint32_t x = 0; x < size_; ++x) {
                        result[x] = (related >> x & 1U) != 0 ? all_ : Mask{};
                    }
                    break;
                }
                case StageKind::union_:
                    for (std::uint32_t x = 0; x < size_; ++x) {
                        result[x] = set(step.input)[x] | set(step.other)[x];
                    }
                    break;
                case StageKind::intersect:
                    for (std::uint32_t x = 0; x < size_; ++x) {
                        result[x] = set(step.input)[x] & set(step.other)[x];
                    }
                    break;
                case StageKind::unique:
                    return meet(i, allowed);
                case StageKind::same:
                    return compare_with(i, allowed);
                default:
                    break;  // what ends a pipeline is weighed at the end
            }
        }
        end(allowed);
    }

    /// One case for each object that `unique` may meet; the rest has no value.
    void meet(std::uint32_t i, const std::vector<Mask>& allowed) {
        // Other cases change the sets after this step, not the one it reads.
        const Mask* among = set(code_[i].input);
        std::vector<Mask> out(size_);
        double none = 1, one = 0, many = 0;
        for (std::uint32_t x = 0; x < size_; ++x) {
            out[x] = allowed[x].without(among[x]);
            double is_in = mass(x, allowed[x] & among[x]), is_out = mass(x, out[x]);
            many = many * (is_in + is_out) + one * is_in;
            one = one * is_out + none * is_in;
            none *= is_out;
        }
        law_.undefined += none + many;
        if (one <= 0) return;
        for (std::uint32_t x = 0; x < size_; ++x) {
            std::uint32_t impossible = 0;
            for (std::uint32_t y = 0; y < size_; ++y) impossible += y != x && out[y].empty();
            Mask in = allowed[x] & among[x];
            if (impossible != 0 || in.empty()) continue;
            std::swap(out[x], in);
            objects_[i] = x;
            go(i + 1, out);
            std::swap(out[x], in);
        }
    }

    /// One case for each value that the object may have.
    void compare_with(std::uint32_t i, const std::vector<Mask>& allowed) {
        const Instruction& step = code_[i];
        std::uint32_t from = objects_[step.input];
        const Vocabulary::Attribute& attribute = vocabulary_.attributes[step.name];
        std::vector<Mask> fixed = allowed;
        for (std::uint32_t v = attribute.first; v < attribute.first + attribute.count; ++v) {
            fixed[from] = allowed[from] & kinds_.having(v);
            if (fixed[from].empty()) continue;
            for (std::uint32_t x = 0; x < size_; ++x) {
                set(i)[x] = x == from ? Mask{} : kinds_.having(v);
            }
            go(i + 1, fixed);
        }
    }

    // --- the end of a program, when every set is fixed ---

    void end(const std::vector<Mask>& allowed) {
        const Instruction& last = code_.back();
        switch (last.kind) {
            case StageKind::count:
                return add_count(allowed, set(last.input));
            case StageKind::exist: {
                auto [none, some] = none_or_some(allowed, set(last.input));
                masses_[0] += none;
                masses_[1] += some;
                return;
            }
            case StageKind::query: {
                std::uint32_t x = objects_[last.input];
                double rest = others(allowed, x, x);
                each_value(last, [&](std::uint32_t v) {
                    masses_[v] += rest * mass(x, allowed[x] & kinds_.having(v));
                });
                return;
            }
            default:
                break;
        }
        const Instruction &left = code_[last.input], &right = code_[last.other];
        if (left.kind == StageKind::query) return compare_values(allowed, left, right);
        if (left.kind == StageKind::exist) return compare_truths(allowed, left, right);
        compare_counts(allowed, left, right);
    }

    template <typename Visit>
    void each_value(const Instruction& query, const Visit& visit) const {
        const Vocabulary::Attribute& attribute = vocabulary_.attributes[query.name];
        for (std::uint32_t k = 0; k < attribute.count; ++k) visit(attribute.first + k);
    }

    /// The mass of all objects but two.
    double others(const std::vector<Mask>& allowed, std::uint32_t x, std::uint32_t y) const {
        double product = 1;
        for (std::uint32_t z = 0; z < size_; ++z) {
            if (z != x && z != y) product *= mass(z, allowed[z]);
        }
        return product;
    }

    void add_count(const std::vector<Mask>& allowed, const Mask* members) {
        std::vector<double> law{1.0};
        for (std::uint32_t x = 0; x < size_; ++x) {
            double is_in = mass(x, allowed[x] & members[x]);
            double is_out = mass(x, allowed[x].without(members[x]));
            law.push_back(0);
            for (std::size_t n = law.size() - 1; n > 0; --n) {
                law[n] = law[n] * is_out + law[n - 1] * is_in;
            }
            law[0] *= is_out;
        }
        for (std::size_t n = 0; n < law.size(); ++n) masses_[n] += law[n];
    }

    std::pair<double, double> none_or_some(const std::vector<Mask>& allowed,
                                           const Mask* members) const {
        double none = 1, some = 0;
        for (std::uint32_t x = 0; x < size_; ++x) {
            double is_in = mass(x, allowed[x] & members[x]);
            double is_out = mass(x, allowed[x].without(members[x]));
            some = some * (is_in + is_out) + none * is_in;
            none *= is_out;
        }
        return {none, some};
    }

    void compare_values(const std::vector<Mask>& allowed, const Instruction& left,
                        const Instruction& right) {
        std::uint32_t x = objects_[left.input], y = objects_[right.input];
        double rest = others(allowed, x, y);
        each_value(left, [&](std::uint32_t v) {
            Mask here = allowed[x] & kinds_.having(v);
            each_value(right, [&](std::uint32_t w) {
                double both = x == y ? mass(x, here & kinds_.having(w))
                                     : mass(x, here) * mass(y, allowed[y] & kinds_.having(w));
                masses_[vocabulary_.values[v] == vocabulary_.values[w] ? 1 : 0] += rest * both;
            });
        });
    }

    /// How the members of two sets fall on one object: in neither, the first, the second, both.
    std::array<double, 4> split(std::uint32_t x, const Mask& allowed, const Mask& first,
                                const Mask& second) const {
        Mask in = allowed & first, out = allowed.without(first);
        return {mass(x, out.without(second)), mass(x, in.without(second)), mass(x, out & second),
                mass(x, in & second)};
    }

    void compare_truths(const std::vector<Mask>& allowed, const Instruction& left,
                        const Instruction& right) {
        // state: bit 0, the first set has an element; bit 1, the second has
        std::array<double, 4> law{1, 0, 0, 0};
        for (std::uint32_t x = 0; x < size_; ++x) {
            auto cases = split(x, allowed[x], set(left.input)[x], set(right.input)[x]);
            std::array<double, 4> next{};
            for (std::size_t s = 0; s < 4; ++s) {
                for (std::size_t c = 0; c < 4; ++c) next[s | c] += law[s] * cases[c];
            }
            law = next;
        }
        masses_[1] += law[0] + law[3];
        masses_[0] += law[1] + law[2];
    }

    void compare_counts(const std::vector<Mask>& allowed, const Instruction& left,
                        const Instruction& right) {
        // The law of the first count less the second, from -size to size.
        std::vector<double> law(2 * std::size_t{size_} + 1, 0.0), next;
        law[size_] = 1;
        for (std::uint32_t x = 0; x < size_; ++x) {
            auto cases = split(x, allowed[x], set(left.input)[x], set(right.input)[x]);
            next.assign(law.size(), 0.0);
            for (std::size_t d = size_ - x; d <= size_ + x; ++d) {
                next[d] += law[d] * (cases[0] + cases[3]);
                next[d + 1] += law[d] * cases[1];
                next[d - 1] += law[d] * cases[2];
            }
            law.swap(next);
        }
        StageKind kind = code_.back().kind;
        for (std::size_t d = 0; d < law.size(); ++d) {
            bool holds = kind == StageKind::less      ? d < size_
                         : kind == StageKind::greater ? d > size_
                                                      : d == size_;
            masses_[holds ? 1 : 0] += law[d];
        }
    }

    const Code& code_;
    const Scene& scene_;
    const Vocabulary& vocabulary_;
    const LawLimits& limits_;
    Kinds kinds_;
    std::uint32_t size_;
    Mask all_;
    std::vector<std::vector<double>> weights_;  // [object][kind]
    std::vector<Mask> sets_;                    // [step][object]: the kinds that belong
    std::vector<std::uint32_t> objects_;        // by step: what unique has met
    std::map<std::uint64_t, double> masses_;
    std::size_t cases_ = 0;
    Law law_;
};

}  // namespace

UncertainScene with_certainty(const Scene& scene, const Vocabulary& vocabulary, double certainty) {
    UncertainScene result{scene, std::vector<double>(scene.size * vocabulary.values.size())};
    for (std::uint32_t x = 0; x < scene.size; ++x) {
        for (std::uint32_t a = 0; a < vocabulary.attributes.size(); ++a) {
            const Vocabulary::Attribute& attribute = vocabulary.attributes[a];
            for (std::uint32_t k = 0; k < attribute.count; ++k) {
                bool is_stated = scene.value(x, a) == attribute.first + k;
                double weight = is_stated ? 1.0 : 0.0;
                if (attribute.count > 1) {
                    weight = is_stated ? certainty : (1 - certainty) / (attribute.count - 1);
                }
                result.weights[x * vocabulary.values.size() + attribute.first + k] = weight;
            }
        }
    }
    return result;
}

std::string why_no_law(const Code& code, const Vocabulary& vocabulary) {
    auto is_end = [](StageKind kind) {
        return kind == StageKind::count || kind == StageKind::exist || kind == StageKind::query;
    };
    const Instruction& last = code.back();
    if (!is_end(last.kind) && !is_comparison(last.kind)) return "it gives no single value";
    for (const Instruction& step : code) {
        if ((step.kind == StageKind::relate || step.kind == StageKind::same) && !step.from_object) {
            return "'relate' or 'same' starts from a set";
        }
        if (is_comparison(step.kind) &&
            (!is_end(code[step.input].kind) || !is_end(code[step.other].kind))) {
            return "it compares comparisons";
        }
    }
    if (Kinds(code, vocabulary).count() > kMaxKinds)
        return "it tells too many kinds of object apart";
    return "";
}

Law law(const Code& code, const UncertainScene& scene, const Vocabulary& vocabulary,
        const LawLimits& limits) {
    if (std::string why = why_no_law(code, vocabulary); !why.empty()) {
        throw std::invalid_argument("law: code: " + why);
    }
    return Search(code, scene, vocabulary, limits).run();
}

}  // namespace entail::functional
