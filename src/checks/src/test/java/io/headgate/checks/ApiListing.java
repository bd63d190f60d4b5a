package io.headgate.checks;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lists what users of a module can name: public types, and their public and protected members, one
 * a line and in a fixed order, the same on every JDK. Values of constants are part of it: compilers
 * copy them.
 */
final class ApiListing {

  private ApiListing() {}

  /** The listing of the module that a class is of. */
  static List<String> of(Class<?> one) throws IOException, URISyntaxException {
    URI where = one.getProtectionDomain().getCodeSource().getLocation().toURI();
    Path path = Path.of(where);
    if (Files.isDirectory(path)) {
      return list(path, one.getClassLoader());
    }
    try (FileSystem jar = FileSystems.newFileSystem(path)) {
      return list(jar.getPath("/"), one.getClassLoader());
    }
  }

  private static List<String> list(Path root, ClassLoader loader) throws IOException {
    List<String> names;
    try (Stream<Path> files = Files.walk(root)) {
      names =
          files
              .map(file -> root.relativize(file).toString().replace('\\', '/'))
              .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
              .map(file -> file.substring(0, file.length() - 6).replace('/', '.'))
              .sorted()
              .toList();
    }
    List<String> lines = new ArrayList<>();
    for (String name : names) {
      Class<?> type = load(name, loader);
      if (isVisible(type)) {
        lines.add(header(type));
        members(type).forEach(member -> lines.add("  " + member));
      }
    }
    return lines;
  }

  private static Class<?> load(String name, ClassLoader loader) {
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isVisible(Class<?> type) {
    if (type.isAnonymousClass() || type.isLocalClass() || type.isSynthetic()) {
      return false;
    }
    Class<?> outer = type.getDeclaringClass();
    return isVisible(type.getModifiers(), outer) && (outer == null || isVisible(outer));
  }

  /** Nobody outside inherits from a final class. */
  private static boolean isVisible(int modifiers, @Nullable Class<?> of) {
    return Modifier.isPublic(modifiers)
        || (Modifier.isProtected(modifiers) && of != null && !Modifier.isFinal(of.getModifiers()));
  }

  private static String header(Class<?> type) {
    StringBuilder line = new StringBuilder();
    boolean plain = !type.isInterface() && !type.isEnum() && !type.isRecord();
    int shown = Modifier.PUBLIC | Modifier.PROTECTED;
    if (plain) {
      shown |= Modifier.ABSTRACT | Modifier.FINAL | Modifier.STATIC;
    }
    line.append(deprecated(type.isAnnotationPresent(Deprecated.class)))
        .append(Modifier.toString(type.getModifiers() & shown))
        .append(type.isSealed() ? " sealed " : " ")
        .append(
            type.isAnnotation()
                ? "@interface"
                : type.isInterface()
                    ? "interface"
                    : type.isEnum() ? "enum" : type.isRecord() ? "record" : "class")
        .append(' ')
        .append(type.getName())
        .append(variables(type.getTypeParameters()));
    if (type.isRecord()) {
      line.append(
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getGenericType)
              .map(ApiListing::name)
              .collect(Collectors.joining(", ", "(", ")")));
    }
    Type above = type.getGenericSuperclass();
    if (plain && above != null && above != Object.class) {
      line.append(" extends ").append(name(above));
    }
    line.append(
        all(type.isInterface() ? " extends " : " implements ", type.getGenericInterfaces()));
    if (type.isSealed()) {
      line.append(all(" permits ", type.getPermittedSubclasses()));
    }
    return line.toString();
  }

  private static String all(String word, Type... types) {
    return types.length == 0
        ? ""
        : Arrays.stream(types).map(ApiListing::name).collect(Collectors.joining(", ", word, ""));
  }

  private static String variables(TypeVariable<?>... variables) {
    return variables.length == 0
        ? ""
        : Arrays.stream(variables)
            .map(
                variable ->
                    variable.getBounds()[0] == Object.class
                        ? variable.getName()
                        : variable.getName() + all(" extends ", variable.getBounds()))
            .collect(Collectors.joining(", ", "<", ">"));
  }

  private static SortedSet<String> members(Class<?> type) {
    SortedSet<String> lines = new TreeSet<>();
    for (Field field : type.getDeclaredFields()) {
      if (isListed(field)) {
        lines.add(
            start(field, field.isAnnotationPresent(Deprecated.class))
                + name(field.getGenericType())
                + " "
                + field.getName()
                + value(field));
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isListed(constructor)) {
        lines.add(signature(constructor, "new"));
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      if (isListed(method) && !method.isBridge()) {
        String result =
            (method.isDefault() ? "default " : "") + name(method.getGenericReturnType());
        lines.add(signature(method, result + " " + method.getName()));
      }
    }
    return lines;
  }

  private static boolean isListed(Member member) {
    return !member.isSynthetic() && isVisible(member.getModifiers(), member.getDeclaringClass());
  }

  private static String signature(Executable of, String what) {
    String parameters =
        Arrays.stream(of.getGenericParameterTypes())
            .map(ApiListing::name)
            .collect(Collectors.joining(", ", "(", ")"));
    String variables = variables(of.getTypeParameters());
    return start(of, of.isAnnotationPresent(Deprecated.class))
        + (variables.isEmpty() ? "" : variables + " ")
        + what
        + parameters
        + all(" throws ", of.getGenericExceptionTypes());
  }

  private static String start(Member member, boolean deprecated) {
    int shown =
        Modifier.PUBLIC
            | Modifier.PROTECTED
            | Modifier.STATIC
            | Modifier.FINAL
            | (member.getDeclaringClass().isInterface() ? 0 : Modifier.ABSTRACT);
    return deprecated(deprecated) + Modifier.toString(member.getModifiers() & shown) + " ";
  }

  private static String deprecated(boolean is) {
    return is ? "@Deprecated " : "";
  }

  private static String value(Field field) {
    boolean constant =
        Modifier.isPublic(field.getModifiers())
            && Modifier.isStatic(field.getModifiers())
            && Modifier.isFinal(field.getModifiers())
            && (field.getType().isPrimitive() || field.getType() == String.class);
    if (!constant) {
      return "";
    }
    try {
      return String.format(Locale.ROOT, " = %s", field.get(null));
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String name(Type type) {
    return type.getTypeName().replace("java.lang.", "");
  }
}
