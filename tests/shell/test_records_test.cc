#include "shell/test_records.h"

#include <gtest/gtest.h>

#include <string>

#include "shell/xml_text.h"

namespace moonlet {
namespace test_records_test {

using Kind = TestEvent::Kind;

constexpr const char* kTold =
    "before\n"
    "NONCE begin 1 0 an547 0.1.0\n"
    "a line\n"
    "halfNONCE passed 1500000 0 group > one\n"
    "NONCE failed 2 2 two\n"
    "why\n"
    "NONCE passed 1 0 is no record in here\n"
    "NONCE skipped 1 1 three\n"
    "no camera\n"
    "NONCE end 0 0 \n"
    "after\n";

void ExpectTold(const TestRun& run) {
  ASSERT_EQ(run.events.size(), 5u);
  EXPECT_EQ(run.events[0].text + run.events[1].text, "a line\nhalf");
  EXPECT_EQ(run.events[2].kind, Kind::kPassed);
  EXPECT_EQ(run.events[2].name, "group > one");
  EXPECT_EQ(run.events[2].seconds, 1.5);
  EXPECT_EQ(run.events[3].kind, Kind::kFailed);
  EXPECT_EQ(run.events[3].text, "why\nNONCE passed 1 0 is no record in here");
  EXPECT_EQ(run.events[4].kind, Kind::kSkipped);
  EXPECT_EQ(run.events[4].text, "no camera");
  EXPECT_EQ(run.machine, "an547 0.1.0");
  EXPECT_TRUE(run.told);
  EXPECT_EQ(run.Counts().Text(), "1 passed, 1 failed, 1 skipped");
  EXPECT_EQ(run.Text(),
            "a line\nhalfok 1 - group > one\nnot ok 2 - two\n# why\n"
            "# NONCE passed 1 0 is no record in here\nok 3 - three # SKIP no camera\n");
}

TEST(RecordReader, ReadsInAnyPieces) {
  const std::string told = kTold;
  for (size_t size = 1; size <= told.size(); ++size) {
    TestRun run;
    RecordReader reader("NONCE", &run);
    size_t ready = 0;
    for (size_t i = 0; i < told.size(); i += size) {
      reader.Feed(told.substr(i, size));
      EXPECT_GE(reader.ready(), ready);
      ready = reader.ready();
    }
    reader.Finish();
    SCOPED_TRACE(size);
    ExpectTold(run);
  }
}

TEST(RecordReader, TakesWhatIsCutAsItIs) {
  const std::string told = kTold;
  for (size_t size = 0; size < told.size(); ++size) {
    TestRun run;
    RecordReader reader("NONCE", &run);
    reader.Feed(told.substr(0, size));
    reader.Finish();
    EXPECT_EQ(reader.ready(), run.events.size());
    JudgeRun(&run, false);
    const bool whole = size >= told.find("end 0 0") + 7;
    EXPECT_EQ(run.problem.empty(), whole) << size;
  }
}

TEST(RecordReader, KeepsNonsenseOut) {
  TestRun run;
  RecordReader reader("NONCE", &run);
  reader.Feed(
      "NONCE begin 1 0 m\nNONCE\nNONCE \nNONCE passed\nNONCE nonsense 1 5 x\nNONCE passed 1 -3 "
      "y\n");
  reader.Finish();
  EXPECT_EQ(run.Counts().Text(), "1 passed, 0 failed");
}

TEST(XmlText, HoldsEveryByte) {
  EXPECT_EQ(XmlText("a<b>&\"c\"\n\t"), "a&lt;b&gt;&amp;&quot;c&quot;\n\t");
  EXPECT_EQ(XmlAttribute("a\n\tb"), "a&#10;&#9;b");
  EXPECT_EQ(XmlText(std::string_view("\0\x01\r\x1b\x7f", 5)), "\\x00\\x01\\x0d\\x1b\\x7f");
  EXPECT_EQ(XmlText("\u00e9\u20ac\U0001F600"), "\u00e9\u20ac\U0001F600");
  EXPECT_EQ(XmlText("\xc3"), "\\xc3") << "cut";
  EXPECT_EQ(XmlText("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(XmlText("\xc0\x80"), "\\xc0\\x80") << "too long";
  EXPECT_EQ(XmlText("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "half a pair";
  EXPECT_EQ(XmlText("\xef\xbf\xbf"), "\\xef\\xbf\\xbf") << "no character";
  EXPECT_EQ(XmlText("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
}

}  // namespace test_records_test
}  // namespace moonlet
