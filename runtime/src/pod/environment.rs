//! TEMP
use crate::sandbox::PodSandbox;
use crate::spec::{Container, EnvValue, Pod};

pub(super) fn environment(
    _pod: &Pod,
    container: &Container,
    image: &[(String, String)],
    _sandbox: &PodSandbox,
) -> Vec<(String, String)> {
    let mut env: Vec<(String, String)> = image.to_vec();
    for v in &container.env {
        if let EnvValue::Literal(value) = &v.value {
            env.retain(|(n, _)| *n != v.name);
            env.push((v.name.clone(), value.replace("$$", "$")));
        }
    }
    env
}
pub(super) fn expand(words: &[String], _env: &[(String, String)]) -> Vec<String> {
    words.iter().map(|w| w.replace("$$", "$")).collect()
}
