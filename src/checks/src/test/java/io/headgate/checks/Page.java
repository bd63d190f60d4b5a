package io.headgate.checks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;

/** A Markdown page: where it points, where it can be pointed at, and the code that it shows. */
final class Page {

  private static final Parser PARSER =
      Parser.builder().extensions(List.of(TablesExtension.create())).build();

  /** Links and images, as they are written. */
  final List<String> links = new ArrayList<>();

  /** Anchors of headings, as GitHub makes them. */
  final Set<String> anchors = new HashSet<>();

  /** Lines of fenced code. */
  final List<String> codeLines = new ArrayList<>();

  /** Code within text. */
  final List<String> codeSpans = new ArrayList<>();

  private Page() {}

  static Page read(Path file) throws IOException {
    Page page = new Page();
    PARSER.parse(Files.readString(file)).accept(page.new Collector());
    return page;
  }

  /** Lower case; letters, digits, hyphens and low lines alone; a hyphen for each space. */
  static String anchor(String heading) {
    return heading
        .strip()
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{M}\\p{N} _-]", "")
        .replace(' ', '-');
  }

  private final class Collector extends AbstractVisitor {
    private final Map<String, Integer> seen = new HashMap<>();

    @Override
    public void visit(Link link) {
      links.add(link.getDestination());
      visitChildren(link);
    }

    @Override
    public void visit(Image image) {
      links.add(image.getDestination());
    }

    @Override
    public void visit(Code code) {
      codeSpans.add(code.getLiteral());
    }

    @Override
    public void visit(FencedCodeBlock code) {
      codeLines.addAll(code.getLiteral().lines().toList());
    }

    @Override
    public void visit(Heading heading) {
      StringBuilder text = new StringBuilder();
      append(heading, text);
      String anchor = anchor(text.toString());
      int before = seen.merge(anchor, 1, Integer::sum) - 1;
      anchors.add(before == 0 ? anchor : anchor + "-" + before);
      visitChildren(heading);
    }

    private void append(Node parent, StringBuilder text) {
      for (Node node = parent.getFirstChild(); node != null; node = node.getNext()) {
        if (node instanceof Text plain) {
          text.append(plain.getLiteral());
        } else if (node instanceof Code code) {
          text.append(code.getLiteral());
        } else if (node instanceof SoftLineBreak) {
          text.append(' ');
        } else {
          append(node, text);
        }
      }
    }
  }
}
