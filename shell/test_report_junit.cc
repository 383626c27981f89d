// The report as JUnit's XML, in the form that Jenkins, GitLab and CTest agree on: a testsuite for
// each file and target, a testcase for each case.
#include <cstdio>

#include "shell/test_report.h"
#include "shell/xml_text.h"

namespace moonlet {
namespace {

// " name=\"value\""
std::string Attribute(const char* name, std::string_view value) {
  return std::string(" ") + name + "=\"" + XmlAttribute(value) + '"';
}

std::string Seconds(double seconds) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.6f", seconds);
  return Attribute("time", text);
}

std::string CountAttributes(const TestCounts& counts) {
  return Attribute("tests", std::to_string(counts.cases())) +
         Attribute("failures", std::to_string(counts.failed)) + Attribute("errors", "0") +
         Attribute("skipped", std::to_string(counts.skipped));
}

// "sim.scripts.tests.json_test": the dots make the tree in which such cases are shown.
std::string ClassName(const TestSuite& suite) {
  std::string name = suite.label;
  while (name.starts_with('.') || name.starts_with('/')) name.erase(0, 1);
  if (const size_t suffix = name.find(".lua"); suffix != name.npos) name.erase(suffix, 4);
  if (!suite.target.empty()) name = suite.target + "/" + name;
  for (char& c : name) c = c == '/' ? '.' : c;
  return name;
}

std::string Failure(const std::string& why) {
  return "<failure" + Attribute("message", why.substr(0, why.find('\n'))) + ">" + XmlText(why) +
         "</failure>";
}

std::string Case(const std::string& class_name, const TestEvent& event) {
  std::string inside;
  if (event.kind == TestEvent::Kind::kFailed) inside = Failure(event.text);
  if (event.kind == TestEvent::Kind::kSkipped)
    inside = "<skipped" + Attribute("message", event.text) + "/>";
  return "    <testcase" + Attribute("classname", class_name) + Attribute("name", event.name) +
         Seconds(event.seconds) + ">" + inside + "</testcase>\n";
}

std::string SystemOut(const TestRun& run) {
  std::string text;
  for (const TestEvent& event : run.events) {
    if (event.kind == TestEvent::Kind::kPrinted) text += event.text;
  }
  return text.empty() ? text : "    <system-out>" + XmlText(text) + "</system-out>\n";
}

// The whole is told at the end: its first line has the counts.
class JunitReport final : public TestReport {
 public:
  using TestReport::TestReport;

  void Note(const std::string&) override {}

 protected:
  void ShowEvent(const TestEvent&) override {}
  void ShowFile(const TestSuite& suite, const TestRun& run) override;
  void ShowFailure(const std::string& name, const std::string& why) override;
  void ShowTotal() override;

 private:
  std::string suites_;
  double seconds_ = 0;
};

void JunitReport::ShowFile(const TestSuite& suite, const TestRun& run) {
  const std::string class_name = ClassName(suite);
  TestCounts counts = run.Counts();
  std::string cases;
  for (const TestEvent& event : run.events) {
    if (event.kind != TestEvent::Kind::kPrinted) cases += Case(class_name, event);
  }
  if (!run.problem.empty()) {
    ++counts.failed;
    cases += Case(class_name, {TestEvent::Kind::kFailed, "the file itself", run.problem});
  }
  seconds_ += run.seconds;
  suites_ += "  <testsuite" + Attribute("name", suite.Name()) + CountAttributes(counts) +
             Seconds(run.seconds) + ">\n";
  if (!suite.target.empty())
    suites_ += "    <properties><property name=\"machine\"" + Attribute("value", run.machine) +
               "/></properties>\n";
  suites_ += cases + SystemOut(run) + "  </testsuite>\n";
}

void JunitReport::ShowFailure(const std::string& name, const std::string& why) {
  suites_ += "  <testsuite" + Attribute("name", name) + CountAttributes({0, 1, 0}) + Seconds(0) +
             ">\n" + Case("moonlet.test", {TestEvent::Kind::kFailed, name, why}) +
             "  </testsuite>\n";
}

void JunitReport::ShowTotal() {
  std::printf(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"moonlet test\"%s%s>\n",
      CountAttributes(total()).c_str(), Seconds(seconds_).c_str());
  std::fwrite(suites_.data(), 1, suites_.size(), stdout);
  std::printf("</testsuites>\n");
}

}  // namespace

std::unique_ptr<TestReport> MakeJunitReport(bool one_of_several) {
  return std::make_unique<JunitReport>(one_of_several);
}

}  // namespace moonlet
