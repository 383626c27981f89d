#include "shell/option_names.h"

#include <algorithm>
#include <utility>

#include "bindings/pages.h"
#include "shell/names.h"

namespace moonlet {
namespace {

constexpr int kMostReferences = 4;  // followed from page to page
constexpr std::string_view kOptions = "options";

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

// Cuts off what stands before `separator`, outside of brackets and quotes, and gives it trimmed.
std::string_view Take(std::string_view* rest, std::string_view separator) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < rest->size(); ++i) {
    const char c = (*rest)[i];
    if (c == '"') quoted = !quoted;
    if (c == '(' || c == '{') ++depth;
    if (c == ')' || c == '}') --depth;
    if (quoted || depth > 0 || !rest->substr(i).starts_with(separator)) continue;
    const std::string_view piece = rest->substr(0, i);
    rest->remove_prefix(i + separator.size());
    return Trim(piece);
  }
  return Trim(std::exchange(*rest, {}));
}

bool Skip(std::string_view* text, std::string_view word) {
  const bool found = text->starts_with(word);
  if (found) text->remove_prefix(word.size());
  return found;
}

bool IsPathChar(char c) { return IsNameChar(c) || c == '.'; }

// The characters at its beginning that `belongs` takes.
std::string_view Beginning(std::string_view text, bool (*belongs)(char)) {
  size_t size = 0;
  while (size < text.size() && belongs(text[size])) ++size;
  return text.substr(0, size);
}

bool HoldsWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || !IsNameChar(text[at - 1]);
    if (begins && (end == text.size() || !IsNameChar(text[end]))) return true;
  }
  return false;
}

// What to do with each name found.
struct OptionVisitor {
  VisitOption visit;
  void* context;
};

// Reads one page, and by other readers those that it refers to.
class Reader {
 public:
  // `without`: text that names what the page has and `from`, where it was referred to, has not.
  Reader(lua_State* L, const OptionVisitor& visitor, const Reader* from, std::string_view without)
      : L_(L), visitor_(visitor), from_(from), without_(without) {
    for (const Reader* reader = from; reader != nullptr; reader = reader->from_) ++references_;
  }

  void Read(std::string_view function) {
    if (references_ > kMostReferences) return;
    const auto read = [&](const Page& page) {
      if (page.name() != function) return false;
      function_ = page.name();
      ReadPage(page);
      return true;
    };
    if (AnyDocumented([&](const Documented& d) { return read(PageOf(d)); })) return;
    const int top = lua_gettop(L_);
    lua_pushlstring(L_, function.data(), std::min(function.find('.'), function.size()));
    if (PushModuleSource(L_, lua_tostring(L_, -1))) AnyLuaPage(L_, read);
    lua_settop(L_, top);
  }

 private:
  void Offer(std::string_view name) {
    found_ = true;
    if (!IsName(name)) return;
    for (const Reader* reader = this; reader != nullptr; reader = reader->from_)
      if (HoldsWord(reader->without_, name)) return;
    visitor_.visit(name, visitor_.context);
  }

  void ReadPage(const Page& page) {
    if (const size_t at = page.units.find(kOptions); at != page.units.npos)
      ReadClauses(page.units.substr(at + kOptions.size()));
    if (found_ || page.signature.find(kOptions) == page.signature.npos) return;
    if (const size_t at = page.text.find("Option"); at != page.text.npos) {
      std::string_view rest = page.text.substr(at + std::string_view("Option").size());
      Skip(&rest, "s");
      if (rest.starts_with(": ") || rest.starts_with(" as ")) ReadClauses(Take(&rest, ". "));
    }
    if (!found_) ReadQuoted(page.text);
  }

  // What stands in backticks.
  void ReadQuoted(std::string_view text) {
    for (size_t begin = text.find('`'); begin != text.npos; begin = text.find('`')) {
      text.remove_prefix(begin + 1);
      const std::string_view name = text.substr(0, text.find('`'));
      Offer(name);
      text.remove_prefix(std::min(name.size() + 1, text.size()));
    }
  }

  // What follows "options".
  void ReadClauses(std::string_view text) {
    if (!Skip(&text, ":")) Skip(&text, ".");
    while (!text.empty()) {
      const std::string_view clause = Take(&text, ";");
      if (clause.starts_with("result")) return;
      ReadClause(clause);
    }
  }

  // "a, b: what they are", "a = 1, b = 2", "a (what it is), b".
  void ReadClause(std::string_view clause) {
    SkipReference(&clause);
    while (!clause.empty()) {
      std::string_view item = Take(&clause, ",");
      const size_t colon = item.find(':');
      if (colon != item.npos) clause = {};  // values follow
      item = item.substr(0, colon);
      while (!item.empty()) ReadName(Take(&item, " and "));
    }
  }

  // "as of ml.kfold, with ...", "those of tree but splitter and leaves, with ...".
  void SkipReference(std::string_view* clause) {
    Skip(clause, "and ");
    if (!Skip(clause, "as ") && !Skip(clause, "those ")) return;
    if (!Skip(clause, "of ")) Skip(clause, "for ");
    std::string_view name = Beginning(*clause, IsPathChar);
    clause->remove_prefix(name.size());
    if (name.ends_with('.')) name.remove_suffix(1);  // of the sentence
    const size_t end = std::min({clause->find(", with "), clause->find(", but "), clause->size()});
    ReadOther(name, clause->substr(0, end));
    clause->remove_prefix(end);
    Skip(clause, ", ");
  }

  // A name without a module is of this page's.
  void ReadOther(std::string_view name, std::string_view without) {
    char function[64];
    const size_t home = name.find('.') != name.npos ? 0 : function_.find_last_of(".:") + 1;
    if (home + name.size() > sizeof(function)) return;
    const size_t size = function_.substr(0, home).copy(function, home);
    const std::string_view other(function, size + name.copy(function + size, name.size()));
    Reader(L_, visitor_, this, without).Read(other);
    found_ = true;
  }

  void ReadName(std::string_view item) {
    for (const std::string_view word : {"or ", "and ", "with ", "but "}) Skip(&item, word);
    const std::string_view name = Beginning(item, IsNameChar);
    item.remove_prefix(name.size());
    const bool ends = item.empty() || item[0] == '.';
    if (ends || item.starts_with(" (") || item.starts_with(" =") || item.starts_with(" as "))
      Offer(name);
  }

  lua_State* L_;
  const OptionVisitor& visitor_;
  const Reader* from_;
  std::string_view without_;
  std::string_view function_;
  int references_ = 0;
  bool found_ = false;
};

}  // namespace

void ForEachOption(lua_State* L, std::string_view function, VisitOption visit, void* context) {
  luaL_checkstack(L, 16, nullptr);
  const OptionVisitor visitor = {visit, context};
  Reader(L, visitor, nullptr, {}).Read(function);
}

}  // namespace moonlet
