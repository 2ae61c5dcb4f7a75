// <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
//   <rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:glide="urn:glide:image" ...>
//     <xmp:CreatorTool>glide 1.0.0</xmp:CreatorTool>
//     <dc:description><rdf:Alt><rdf:li xml:lang="x-default">a red circle</rdf:li></rdf:Alt></dc:description>
//     <glide:seed>7</glide:seed> <glide:glide>{"task":"sample",...}</glide:glide>
using System.Text;
using System.Xml;

namespace Glide.Images;

/// <summary>The texts of a JPEG or WebP, as an XMP packet (ISO 16684-1), which is UTF-8 in both formats.</summary>
internal static class XmpText
{
    private const string Meta = "adobe:ns:meta/";
    private const string Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    private const string Basic = "http://ns.adobe.com/xap/1.0/";
    private const string DublinCore = "http://purl.org/dc/elements/1.1/";
    private const string Own = "urn:glide:image";

    // The keywords that other programs know as properties of their own.
    private const string Software = "Software", Prompt = "prompt";

    // Fixed by the standard, so that a packet is found in any file.
    private const string PacketId = "W5M0MpCehiHzreSzNTczkc9d";

    private static readonly XmlWriterSettings s_writing = new()
    {
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        OmitXmlDeclaration = true,
        NewLineHandling = NewLineHandling.Entitize,
    };

    // Without a DTD there are no entities, so that a packet unfolds to no more than its bytes.
    private static readonly XmlReaderSettings s_reading = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = PngText.MostBytesInAll,
    };

    /// <summary>The packet of some texts; characters that XML does not have become U+FFFD.</summary>
    public static byte[] Write(IReadOnlyList<KeyValuePair<string, string>> texts)
    {
        using var packet = new MemoryStream();
        using (var writer = XmlWriter.Create(packet, s_writing))
        {
            writer.WriteProcessingInstruction("xpacket", $"begin=\"\uFEFF\" id=\"{PacketId}\"");
            writer.WriteStartElement("x", "xmpmeta", Meta);
            writer.WriteStartElement("rdf", "RDF", Rdf);
            writer.WriteStartElement("rdf", "Description", Rdf);
            writer.WriteAttributeString("rdf", "about", Rdf, "");
            foreach (var (key, text) in texts)
                Write(writer, key, Clean(text));
            writer.WriteEndElement();
            writer.WriteEndElement();
            writer.WriteEndElement();
            writer.WriteProcessingInstruction("xpacket", "end=\"r\"");
        }
        return packet.ToArray();
    }

    /// <summary>Reads what <see cref="Write(IReadOnlyList{KeyValuePair{string, string}})"/> wrote.</summary>
    /// <remarks>Of a damaged packet what comes before the damage; the limits are those of <see cref="PngText"/>.
    /// </remarks>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(byte[] packet)
    {
        var texts = new List<KeyValuePair<string, string>>();
        if (packet.Length is 0 or > PngText.MostBytesInAll)
            return texts;
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(packet), s_reading);
            Read(reader, (key, text) =>
            {
                if (text.Length <= PngText.MostBytes && texts.Count < PngText.MostTexts)
                    texts.Add(new(key, text));
            });
        }
        catch (XmlException)
        {
            // Damaged metadata is no reason to refuse an image.
        }
        return texts;
    }

    private static void Write(XmlWriter writer, string key, string text)
    {
        if (key == Software)
        {
            writer.WriteElementString("xmp", "CreatorTool", Basic, text);
        }
        else if (key == Prompt)
        {
            writer.WriteStartElement("dc", "description", DublinCore);
            writer.WriteStartElement("rdf", "Alt", Rdf);
            writer.WriteStartElement("rdf", "li", Rdf);
            writer.WriteAttributeString("xml", "lang", null, "x-default");
            writer.WriteString(text);
            writer.WriteEndElement();
            writer.WriteEndElement();
            writer.WriteEndElement();
        }
        else
        {
            writer.WriteElementString("glide", XmlConvert.EncodeLocalName(key)!, Own, text);
        }
    }

    private static void Read(XmlReader reader, Action<string, string> add)
    {
        string? key = null;
        var text = new StringBuilder();
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    bool isItem = IsItem(reader), isEmpty = reader.IsEmptyElement;
                    if (!isItem)
                        key = KeyOf(reader);
                    text.Clear();
                    if (isEmpty && key is not null)
                        Finish();
                    // Other programs write short properties as attributes.
                    while (reader.MoveToNextAttribute())
                    {
                        if (KeyOf(reader) is { } name)
                            add(name, reader.Value);
                    }
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace
                    or XmlNodeType.SignificantWhitespace when key is not null:
                    text.Append(reader.Value);
                    break;
                case XmlNodeType.EndElement when key is not null && (IsItem(reader) || KeyOf(reader) == key):
                    Finish();
                    break;
            }
        }

        void Finish()
        {
            add(key, text.ToString());
            key = null;
        }
    }

    // An item of a list, such as the description in one language; the list itself has no text.
    private static bool IsItem(XmlReader reader) =>
        reader.NamespaceURI == Rdf && reader.LocalName is "li" or "Alt";

    private static string? KeyOf(XmlReader reader) => (reader.NamespaceURI, reader.LocalName) switch
    {
        (Basic, "CreatorTool") => Software,
        (DublinCore, "description") => Prompt,
        (Own, var name) => XmlConvert.DecodeName(name),
        _ => null,
    };

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            clean.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString());
        return clean.ToString();
    }
}
