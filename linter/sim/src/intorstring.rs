//! `IntOrString` and percentages as Kubernetes reads them
//! (kubernetes/apimachinery `pkg/util/intstr/intstr.go`, v0.37).

use goready_model::{Node, NodeKind};

/// A field that takes a number or a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntOrString<'a> {
    Int(i32),
    String(&'a str),
}

impl<'a> IntOrString<'a> {
    /// The value of a scalar. `None` when it is not known, or of a type or size the API server
    /// refuses: booleans, fractions, numbers beyond 32 bits. Null is the number 0.
    pub fn of_node(node: Node<'a>) -> Option<Self> {
        match node.kind() {
            NodeKind::Null => Some(Self::Int(0)),
            NodeKind::String => Some(Self::String(node.text())),
            _ => Some(Self::Int(i32::try_from(node.as_i64()?).ok()?)),
        }
    }

    /// The percentage, when it is one: `25%`.
    pub fn percent(self) -> Option<i64> {
        match self {
            Self::Int(_) => None,
            Self::String(text) => percent(text),
        }
    }

    /// The number or percentage of `total`, parts rounded as asked
    /// (`GetScaledValueFromIntOrPercent`). `None` for other texts.
    pub fn scaled(self, total: i64, rounding: Rounding) -> Option<i64> {
        match self {
            Self::Int(value) => Some(i64::from(value)),
            Self::String(text) => {
                let product = i128::from(percent(text)?) * i128::from(total);
                let value = match rounding {
                    Rounding::Up => {
                        product.div_euclid(100) + i128::from(product.rem_euclid(100) != 0)
                    }
                    Rounding::Down => product.div_euclid(100),
                };
                i64::try_from(value).ok()
            }
        }
    }
}

/// How parts of a pod are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    Up,
    Down,
}

/// The number before `%`: digits only, no sign and no blank (`IsValidPercent`).
pub fn percent(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('%')?;
    let fine = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    fine.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_digits_and_a_sign() {
        assert_eq!(percent("25%"), Some(25));
        assert_eq!(percent("0%"), Some(0));
        assert_eq!(percent("150%"), Some(150));
        for text in ["25", "%", "-5%", "+5%", "2.5%", "25 %", " 25%", "25%%", ""] {
            assert_eq!(percent(text), None, "{text}");
        }
    }

    #[test]
    fn shares_of_pods_round_as_asked() {
        let quarter = IntOrString::String("25%");
        assert_eq!(quarter.scaled(3, Rounding::Up), Some(1));
        assert_eq!(quarter.scaled(3, Rounding::Down), Some(0));
        assert_eq!(IntOrString::Int(2).scaled(3, Rounding::Down), Some(2));
        assert_eq!(IntOrString::String("half").scaled(3, Rounding::Up), None);
    }
}
