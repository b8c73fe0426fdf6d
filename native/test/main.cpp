// The core's own tests. `acinus_test --list-tests -v quiet` names them, `--reporter lines` tells how each one went.
#include "core/cpu/caching_allocator.h"
#include "core/io/json.h"
#include "core/torch.h"
#include "test/catch.h"

namespace acinus::test {

namespace {

// A line of JSON for each test: {"name", "outcome": "passed" | "failed" | "skipped", "problems": [text]}. Read by
// test/native/core.test.ts.
class LinesReporter : public Catch::StreamingReporterBase {
 public:
  using StreamingReporterBase::StreamingReporterBase;
  static std::string getDescription() { return "one line of JSON for each test"; }

  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    StreamingReporterBase::testCaseStarting(test);
    problems_.clear();
  }

  void assertionEnded(const Catch::AssertionStats& stats) override {
    const Catch::AssertionResult& result = stats.assertionResult;
    if (result.isOk()) return;
    std::ostringstream text;
    const Catch::SourceLineInfo where = result.getSourceInfo();
    text << where.file << ":" << where.line;
    if (result.hasExpression()) text << "\n  " << result.getExpressionInMacro();
    if (result.hasExpandedExpression()) text << "\n  " << result.getExpandedExpression();
    if (result.hasMessage()) text << "\n  " << result.getMessage();
    for (const Catch::MessageInfo& info : stats.infoMessages) text << "\n  " << info.message;
    problems_.push_back(text.str());
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    const Catch::Counts& counts = stats.totals.assertions;
    const bool failed = counts.failed > 0 || stats.totals.testCases.failed > 0;
    const char* outcome = failed ? "failed" : counts.skipped > 0 ? "skipped" : "passed";
    std::string problems;
    for (const std::string& problem : problems_) problems += (problems.empty() ? "" : ",") + json_string(problem);
    m_stream << "{\"name\":" << json_string(stats.testInfo->name) << ",\"outcome\":\"" << outcome << "\",\"problems\":["
             << problems << "]}" << std::endl;
    StreamingReporterBase::testCaseEnded(stats);
  }

 private:
  std::vector<std::string> problems_;
};

}  // namespace

CATCH_REGISTER_REPORTER("lines", LinesReporter)

}  // namespace acinus::test

int main(int count, char** arguments) {
  acinus::install_caching_allocator();  // as the addon does, before any tensor is made
  return Catch::Session().run(count, arguments);
}
