// Inside the sandbox: call a function of a student's C++ program. The types in `carrel` are
// those of exercise.toml; `matches` says which types of C++ a program may declare for them.
#ifndef CARREL_HARNESS_HPP
#define CARREL_HARNESS_HPP
#include <cxxabi.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

// What a signature does not have need not be compiled.
#ifdef CARREL_MAP
#include <map>
#include <unordered_map>
#endif
#ifdef CARREL_OPTIONAL
#include <optional>
#endif

#include "runtime.h"

namespace carrel {

struct Int {};
struct Long {};
struct Float {};
struct Bool {};
struct String {};
struct Void {};
template <class T> struct List {};
template <class T> struct Map {};
template <class T> struct Optional {};

// --- which declared types fit -------------------------------------------------------------

template <class T, std::size_t least>
constexpr bool whole = std::is_integral_v<T> && !std::is_same_v<T, bool> && sizeof(T) >= least;

template <class Kind, class T> struct matches : std::false_type {};
template <class T> struct matches<Int, T> : std::bool_constant<whole<T, 4>> {};
template <class T> struct matches<Long, T> : std::bool_constant<whole<T, 8>> {};
template <class T> struct matches<Float, T> : std::bool_constant<std::is_floating_point_v<T> && sizeof(T) >= 8> {};
template <> struct matches<Bool, bool> : std::true_type {};
template <> struct matches<String, std::string> : std::true_type {};
template <> struct matches<String, std::string_view> : std::true_type {};
template <> struct matches<Void, void> : std::true_type {};
template <class K, class T> struct matches<List<K>, std::vector<T>> : matches<K, T> {};
#ifdef CARREL_MAP
template <class K, class T> struct matches<Map<K>, std::map<std::string, T>> : matches<K, T> {};
template <class K, class T> struct matches<Map<K>, std::unordered_map<std::string, T>> : matches<K, T> {};
#endif
#ifdef CARREL_OPTIONAL
template <class K, class T> struct matches<Optional<K>, std::optional<T>> : matches<K, T> {};
#endif

template <class T> using Stored = std::remove_cv_t<std::remove_reference_t<T>>;

template <class Kind, class T> constexpr bool takes = matches<Kind, Stored<T>>::value && !(std::is_integral_v<Stored<T>> && std::is_unsigned_v<Stored<T>> && !std::is_same_v<Stored<T>, bool>);

// --- arguments ----------------------------------------------------------------------------

template <class T> struct Read;

inline std::string_view text() {
    unsigned size = carrel_u32();
    return {carrel_bytes(size), size};
}

template <class T> T read() { return Read<T>::value(carrel_tag()); }

template <class T> struct Read {
    static T value(char tag) {
        if constexpr (std::is_same_v<T, bool>) return tag == 't';
        else if constexpr (std::is_floating_point_v<T>) return static_cast<T>(carrel_f64());
        else if constexpr (std::is_integral_v<T>) return static_cast<T>(carrel_i64());
        else return T(text());
    }
};
template <class T> struct Read<std::vector<T>> {
    static std::vector<T> value(char) {
        std::vector<T> items;
        unsigned count = carrel_u32();
        items.reserve(count);
        for (unsigned i = 0; i < count; i++) items.push_back(read<T>());
        return items;
    }
};
#ifdef CARREL_MAP
template <class M> M read_map() {
    M pairs;
    unsigned count = carrel_u32();
    for (unsigned i = 0; i < count; i++) {
        std::string key(text());
        pairs.emplace(std::move(key), read<typename M::mapped_type>());
    }
    return pairs;
}
template <class T> struct Read<std::map<std::string, T>> {
    static std::map<std::string, T> value(char) { return read_map<std::map<std::string, T>>(); }
};
template <class T> struct Read<std::unordered_map<std::string, T>> {
    static std::unordered_map<std::string, T> value(char) { return read_map<std::unordered_map<std::string, T>>(); }
};
#endif
#ifdef CARREL_OPTIONAL
template <class T> struct Read<std::optional<T>> {
    static std::optional<T> value(char tag) {
        if (tag == 'n') return std::nullopt;
        return Read<T>::value(tag);
    }
};
#endif

// --- results ------------------------------------------------------------------------------

inline void write_text(std::string_view text) { carrel_put_bytes(text.data(), text.size()); }

template <class T> void write(const T &value);

template <class T> struct Write {
    static void value(const T &value) {
        if constexpr (std::is_same_v<T, bool>) carrel_put(value ? 't' : 'f');
        else if constexpr (std::is_floating_point_v<T>) {
            carrel_put('d');
            carrel_put_f64(static_cast<double>(value));
        } else if constexpr (std::is_integral_v<T>) {
            if (std::is_unsigned_v<T> && value > static_cast<T>(std::numeric_limits<long long>::max())) {
                carrel_put('I');
                write_text(std::to_string(value));
            } else {
                carrel_put('i');
                carrel_put_i64(static_cast<long long>(value));
            }
        } else {
            carrel_put('s');
            write_text(value);
        }
    }
};
template <class T> struct Write<std::vector<T>> {
    static void value(const std::vector<T> &items) {
        carrel_put('l');
        carrel_put_u32(static_cast<unsigned>(items.size()));
        for (const auto &item : items) write<T>(item);
    }
};
#ifdef CARREL_MAP
template <class M> void write_map(const M &pairs) {
    carrel_put('m');
    carrel_put_u32(static_cast<unsigned>(pairs.size()));
    for (const auto &[key, value] : pairs) {
        write_text(key);
        write(value);
    }
}
template <class T> struct Write<std::map<std::string, T>> {
    static void value(const std::map<std::string, T> &pairs) { write_map(pairs); }
};
template <class T> struct Write<std::unordered_map<std::string, T>> {
    static void value(const std::unordered_map<std::string, T> &pairs) { write_map(pairs); }
};
#endif
#ifdef CARREL_OPTIONAL
template <class T> struct Write<std::optional<T>> {
    static void value(const std::optional<T> &value) {
        if (value) write<T>(*value);
        else carrel_put('n');
    }
};
#endif
template <class T> void write(const T &value) { Write<T>::value(value); }

// --- errors -------------------------------------------------------------------------------

inline std::string type_name(const std::type_info *type) {
    if (!type) return "an error";
    int status = 0;
    char *name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
    std::string text = name ? name : type->name();
    std::free(name);
    return text;
}

template <class E> void add_class(std::vector<std::string> &classes, const std::exception &error, const char *name) {
    if (dynamic_cast<const E *>(&error) && classes.front() != name) classes.push_back(name);
}

inline void write_error(const std::exception *error) {
    std::vector<std::string> classes{type_name(error ? &typeid(*error) : abi::__cxa_current_exception_type())};
    if (error) {
        add_class<std::invalid_argument>(classes, *error, "std::invalid_argument");
        add_class<std::domain_error>(classes, *error, "std::domain_error");
        add_class<std::length_error>(classes, *error, "std::length_error");
        add_class<std::out_of_range>(classes, *error, "std::out_of_range");
        add_class<std::range_error>(classes, *error, "std::range_error");
        add_class<std::overflow_error>(classes, *error, "std::overflow_error");
        add_class<std::underflow_error>(classes, *error, "std::underflow_error");
        add_class<std::logic_error>(classes, *error, "std::logic_error");
        add_class<std::runtime_error>(classes, *error, "std::runtime_error");
        add_class<std::bad_alloc>(classes, *error, "std::bad_alloc");
        add_class<std::exception>(classes, *error, "std::exception");
    }
    std::string said = error ? std::string(error->what()).substr(0, 1000) : std::string();
    carrel_forget();
    carrel_put_u32(static_cast<unsigned>(classes.size()));
    for (const auto &name : classes) write_text(name);
    write_text(said);
    write_text("terminate called after throwing an instance of '" + classes.front() + "'\n" +
               (said.empty() ? "" : "  what():  " + said + "\n"));
}

inline void (*flush)() = [] {}; // of std::cout, if the program has it

// --- calls --------------------------------------------------------------------------------

template <class Result, int changed, class... Kinds> struct Function {
    template <class R, class... P> [[noreturn]] static void serve(R (*function)(P...)) {
        static_assert(sizeof...(P) == sizeof...(Kinds), "carrel: the number of parameters");
        if constexpr (sizeof...(P) == sizeof...(Kinds)) {
            static_assert((takes<Kinds, P> && ...), "carrel: the type of a parameter");
            static_assert(matches<Result, Stored<R>>::value, "carrel: the type of the result");
            if constexpr ((takes<Kinds, P> && ...) && matches<Result, Stored<R>>::value) calls(function);
        }
        std::abort();
    }

  private:
    template <class R, class... P> static void calls(R (*function)(P...)) {
        if constexpr (changed >= 0) {
            using Changed = std::tuple_element_t<static_cast<std::size_t>(changed), std::tuple<P &&...>>;
            using Declared = std::tuple_element_t<static_cast<std::size_t>(changed), std::tuple<std::add_pointer_t<P>...>>;
            static_assert(std::is_lvalue_reference_v<Changed> && !std::is_const_v<std::remove_pointer_t<Declared>>,
                          "carrel: the parameter to change is no reference");
        }
        carrel_ready();
        for (;;) {
            carrel_receive();
            std::tuple<Stored<P>...> arguments{read<Stored<P>>()...};
            char status = 'R';
            try {
                call(function, arguments, std::index_sequence_for<P...>{});
            } catch (const std::exception &error) {
                write_error(&error);
                status = 'E';
            } catch (abi::__forced_unwind &) {
                throw;
            } catch (...) {
                write_error(nullptr);
                status = 'E';
            }
            flush();
            carrel_answer(status);
        }
    }

    template <class R, class... P, class A, std::size_t... I>
    static void call(R (*function)(P...), A &arguments, std::index_sequence<I...>) {
        if constexpr (std::is_void_v<R>) {
            function(static_cast<P &&>(std::get<I>(arguments))...);
            if constexpr (changed >= 0) write(std::get<static_cast<std::size_t>(changed)>(arguments));
            else carrel_put('n');
        } else {
            const Stored<R> value = function(static_cast<P &&>(std::get<I>(arguments))...);
            if constexpr (changed >= 0) write(std::get<static_cast<std::size_t>(changed)>(arguments));
            else write(value);
        }
    }
};

} // namespace carrel
#endif
