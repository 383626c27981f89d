// shell/xml_text.h - texts inside of XML.
#pragma once
#include <string>
#include <string_view>

namespace moonlet {

// For an element's content, and for an attribute between double quotes. A byte that XML 1.0 has
// no way to hold, a control character or no UTF-8, becomes \xHH.
std::string XmlText(std::string_view text);
std::string XmlAttribute(std::string_view text);

}  // namespace moonlet
