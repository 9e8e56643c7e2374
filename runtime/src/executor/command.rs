//! The command line: what the document says against what the image says.

/// Returns the whole command line, by Kubernetes' matrix.
///
/// A document's `command` replaces the image's entrypoint *and* its cmd; its `args` replace the
/// cmd alone (Kubernetes documentation, "Define a Command and Arguments for a Container").
pub fn entrypoint(
    image_entrypoint: &[String],
    image_cmd: &[String],
    command: &[String],
    args: &[String],
) -> Vec<String> {
    let (program, arguments) = match (command, args) {
        ([], []) => (image_entrypoint, image_cmd),
        ([], args) => (image_entrypoint, args),
        (command, args) => (command, args),
    };
    program.iter().chain(arguments).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::entrypoint;

    /// The table of the Kubernetes documentation: image `[/ep-1]` with cmd `[foo bar]`.
    #[test]
    fn matrix() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (command, args, expected) in [
            ("", "", "/ep-1 foo bar"),
            ("", "zoo boo", "/ep-1 zoo boo"),
            ("/ep-2", "", "/ep-2"),
            ("/ep-2", "zoo boo", "/ep-2 zoo boo"),
        ] {
            let argv =
                entrypoint(&words("/ep-1"), &words("foo bar"), &words(command), &words(args));
            assert_eq!(argv, words(expected), "command {command:?}, args {args:?}");
        }
    }
}
