//! Names of people: lists of given and family names, and the login names made from them.
//!
//! Every person is invented: a name is a combination that the seed picks.

/// Given and family names that are common together, and the language that goes with them.
pub(crate) struct Culture {
    /// Language of the people, as a tag of BCP 47.
    pub(crate) language: &'static str,
    given: &'static [&'static str],
    family: &'static [&'static str],
}

/// Which name of which culture: small enough to lie in memory for every person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NameId {
    culture: u8,
    given: u8,
    family: u8,
    /// How many people before had the same name.
    namesakes: u16,
}

/// Steps through the combinations of a culture; prime to each of their numbers (a test checks it), so
/// that all are used before one comes again.
const STRIDE: usize = 379;

/// Position of a culture in [`CULTURES`].
pub(crate) type CultureId = u8;

/// Northern Europe.
pub(crate) const NORDIC: CultureId = 0;
/// Poland.
pub(crate) const POLISH: CultureId = 1;
/// West Africa.
pub(crate) const NIGERIAN: CultureId = 2;
/// North America, Britain, Australia.
pub(crate) const ENGLISH: CultureId = 3;
/// Latin America.
pub(crate) const SPANISH: CultureId = 4;
/// India.
pub(crate) const INDIAN: CultureId = 5;
/// Korea.
pub(crate) const KOREAN: CultureId = 6;
/// Germany, Austria, Switzerland.
pub(crate) const GERMAN: CultureId = 7;

/// Every culture, in the order of their numbers.
#[rustfmt::skip] // one name a line would be 400 lines
pub(crate) const CULTURES: &[Culture] = &[
    Culture {
        language: "sv",
        given: &[
            "Mara", "Åsa", "Björn", "Ebba", "Elin", "Erik", "Frida", "Gustav", "Hanna", "Ingrid", "Johan", "Karin", "Lars", "Linnéa",
            "Maja", "Mikael", "Nils", "Oskar", "Petra", "Rasmus", "Saga", "Signe", "Sören", "Tove", "Ulla", "Viggo",
        ],
        family: &[
            "Lind", "Andersson", "Bergström", "Dahl", "Ekström", "Forsberg", "Grönlund", "Hedlund", "Holm", "Jansson", "Karlsson",
            "Lund", "Magnusson", "Nyberg", "Öberg", "Persson", "Rosén", "Sandström", "Sjöberg", "Söderholm", "Törnqvist", "Vikström",
            "Wallin",
        ],
    },
    Culture {
        language: "pl",
        given: &[
            "Agnieszka", "Aleksander", "Bartosz", "Beata", "Dawid", "Dorota", "Ewa", "Filip", "Grażyna", "Hubert", "Iga", "Jakub",
            "Joanna", "Kacper", "Katarzyna", "Łukasz", "Małgorzata", "Marek", "Natalia", "Oliwia", "Paweł", "Stanisław", "Wojciech",
            "Zofia", "Żaneta",
        ],
        family: &[
            "Adamczyk", "Bąk", "Chmielewski", "Czarnecka", "Dąbrowski", "Górski", "Jabłoński", "Kaczmarek", "Kowalczyk", "Krawczyk",
            "Lewandowska", "Łuczak", "Majewski", "Mazur", "Nowicki", "Olszewska", "Pawlak", "Rutkowski", "Sikora", "Szymański", "Wójcik",
            "Zając", "Zieliński",
        ],
    },
    Culture {
        language: "en",
        given: &[
            "Abiola", "Adaeze", "Amaka", "Ayodele", "Babatunde", "Bukola", "Chidi", "Chinwe", "Damilola", "Ebuka", "Efe", "Emeka",
            "Folake", "Funmi", "Gbenga", "Ife", "Ikenna", "Kelechi", "Ngozi", "Nkechi", "Obinna", "Olumide", "Segun", "Temitope", "Uche",
            "Yetunde",
        ],
        family: &[
            "Abubakar", "Achebe", "Adebayo", "Adeleke", "Afolabi", "Akande", "Balogun", "Chukwu", "Danjuma", "Ekwueme", "Eze", "Fashola",
            "Ibrahim", "Igwe", "Lawal", "Madu", "Nwosu", "Obi", "Ojo", "Okafor", "Okonkwo", "Oladipo", "Onyeka", "Uzoma",
        ],
    },
    Culture {
        language: "en",
        given: &[
            "Alice", "Amelia", "Andre", "Brandon", "Caleb", "Charlotte", "Chloe", "Daniel", "Diego", "Emily", "Ethan", "Grace", "Harper",
            "Isaac", "Jasmine", "Jordan", "Kayla", "Liam", "Lucas", "Madison", "Maya", "Nathan", "Olivia", "Owen", "Riley", "Sienna",
            "Tyler", "Zoe",
        ],
        family: &[
            "Adams", "Bailey", "Barnes", "Bennett", "Brooks", "Carter", "Clarke", "Coleman", "Davies", "Ellis", "Fisher", "Foster",
            "Graham", "Hayes", "Hughes", "Jenkins", "Kelly", "Marshall", "Mitchell", "Morris", "O'Brien", "Palmer", "Reynolds", "Shaw",
            "Turner", "Walsh", "Whitfield",
        ],
    },
    Culture {
        language: "es",
        given: &[
            "Adriana", "Alejandro", "Andrés", "Camila", "Carolina", "Catalina", "Daniela", "Esteban", "Felipe", "Gabriela", "Ignacio",
            "Isabela", "Joaquín", "Juliana", "Laura", "Lucía", "Manuela", "Mateo", "Natalia", "Nicolás", "Paula", "Santiago",
            "Sebastián", "Sofía", "Valentina", "Ximena",
        ],
        family: &[
            "Acosta", "Álvarez", "Arango", "Cárdenas", "Castaño", "Cortés", "Escobar", "Fonseca", "Gómez", "Guerrero", "Gutiérrez",
            "Herrera", "Ibáñez", "Jaramillo", "Londoño", "Marín", "Montoya", "Muñoz", "Ospina", "Peña", "Quintero", "Restrepo",
            "Salazar", "Vargas", "Zapata",
        ],
    },
    Culture {
        language: "hi",
        given: &[
            "Aarav", "Aditi", "Ananya", "Arjun", "Deepa", "Devika", "Divya", "Gaurav", "Harini", "Ishaan", "Karthik", "Kavya", "Lakshmi",
            "Manish", "Meera", "Neha", "Nikhil", "Pooja", "Pranav", "Priya", "Rahul", "Ravi", "Rohan", "Sandhya", "Shreya", "Sunil",
            "Tanvi", "Vikram",
        ],
        family: &[
            "Agarwal", "Banerjee", "Bhat", "Chatterjee", "Chopra", "Deshpande", "Gowda", "Gupta", "Hegde", "Iyer", "Joshi", "Kapoor",
            "Kulkarni", "Menon", "Mishra", "Nair", "Pillai", "Rao", "Reddy", "Saxena", "Sharma", "Shetty", "Srinivasan", "Varma",
        ],
    },
    Culture {
        language: "ko",
        given: &[
            "Areum", "Bo-ra", "Chae-won", "Dae-hyun", "Da-eun", "Dong-hyun", "Eun-ji", "Ga-young", "Ha-eun", "Hye-jin", "Hyun-woo",
            "Jae-min", "Ji-hoon", "Ji-woo", "Joon-ho", "Min-jun", "Min-seo", "Sang-hoon", "Seo-yeon", "Seung-hyun", "Si-woo", "So-hee",
            "Sung-min", "Tae-yang", "Ye-jin", "Young-ho",
        ],
        family: &[
            "Ahn", "Bae", "Chang", "Cho", "Choi", "Han", "Hong", "Hwang", "Im", "Jang", "Jeon", "Jung", "Kang", "Kim", "Kwon", "Lee",
            "Moon", "Nam", "Noh", "Oh", "Park", "Seo", "Shin", "Song", "Yoon",
        ],
    },
    Culture {
        language: "de",
        given: &[
            "Anke", "Benedikt", "Birgit", "Carsten", "Dörte", "Emil", "Florian", "Franziska", "Greta", "Hannes", "Heike", "Jonas",
            "Jörg", "Katja", "Klara", "Lennart", "Lukas", "Marlene", "Mathilda", "Moritz", "Nele", "Sabine", "Theresa", "Till", "Uwe",
            "Wiebke",
        ],
        family: &[
            "Albrecht", "Bauer", "Böhm", "Brandt", "Dietrich", "Engel", "Franke", "Graf", "Günther", "Hartmann", "Hübner", "Jäger",
            "Keller", "Köhler", "Krüger", "Lorenz", "Möller", "Neumann", "Pohl", "Richter", "Schäfer", "Seidel", "Vogt", "Weiß",
        ],
    },
];

/// The culture of that number.
pub(crate) fn culture(id: CultureId) -> &'static Culture {
    match CULTURES.get(usize::from(id)) {
        Some(culture) => culture,
        None => unreachable!("cultures are numbered by their position"),
    }
}

impl NameId {
    /// The `count`-th name that a culture gives, for an `offset` that the seed picks.
    pub(crate) fn nth(culture_id: CultureId, count: usize, offset: usize) -> Self {
        let culture = culture(culture_id);
        let combinations = culture.combinations();
        let combination = (count * STRIDE + offset) % combinations;
        NameId {
            culture: culture_id,
            given: (combination % culture.given.len()) as u8,
            family: (combination / culture.given.len()) as u8,
            namesakes: (count / combinations).min(usize::from(u16::MAX)) as u16,
        }
    }

    /// The name as it is shown: given name first.
    pub(crate) fn shown(self) -> String {
        let (given, family) = self.parts();
        [given, " ", family].concat()
    }

    /// The login name: both names in plain small letters, and a number for namesakes.
    pub(crate) fn login(self) -> String {
        let (given, family) = self.parts();
        let mut login = String::with_capacity(given.len() + family.len() + 4);
        push_plain(&mut login, given);
        login.push('.');
        push_plain(&mut login, family);
        if self.namesakes > 0 {
            login.push_str(&(self.namesakes + 1).to_string());
        }
        login
    }

    /// Language of the person.
    pub(crate) fn language(self) -> &'static str {
        culture(self.culture).language
    }

    fn parts(self) -> (&'static str, &'static str) {
        let culture = culture(self.culture);
        match (culture.given.get(usize::from(self.given)), culture.family.get(usize::from(self.family))) {
            (Some(given), Some(family)) => (given, family),
            _ => unreachable!("a name is made from positions in its culture's lists"),
        }
    }
}

impl Culture {
    fn combinations(&self) -> usize {
        self.given.len() * self.family.len()
    }
}

/// Appends a name in the letters that a login name may have.
fn push_plain(login: &mut String, name: &str) {
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' => login.push(letter),
            'á' | 'å' | 'ą' => login.push('a'),
            'ä' => login.push_str("ae"),
            'ć' => login.push('c'),
            'é' | 'ę' => login.push('e'),
            'í' => login.push('i'),
            'ł' => login.push('l'),
            'ñ' | 'ń' => login.push('n'),
            'ó' => login.push('o'),
            'ö' => login.push_str("oe"),
            'ś' => login.push('s'),
            'ß' => login.push_str("ss"),
            'ú' => login.push('u'),
            'ü' => login.push_str("ue"),
            'ż' | 'ź' => login.push('z'),
            // Apostrophes and hyphens are left out.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_stride_visits_every_combination_and_login_names_are_unique() {
        for (id, culture) in CULTURES.iter().enumerate() {
            let many = culture.combinations() * 2 + 1;
            let logins: BTreeSet<String> = (0..many).map(|n| NameId::nth(id as CultureId, n, 17).login()).collect();
            assert_eq!(logins.len(), many, "{}", culture.language);
        }
    }

    #[test]
    fn login_names_are_plain_and_keep_every_letter() {
        for culture in CULTURES {
            for name in culture.given.iter().chain(culture.family) {
                let mut login = String::new();
                push_plain(&mut login, name);
                assert!(login.bytes().all(|b| b.is_ascii_lowercase()));
                let letters = name.chars().filter(|c| c.is_alphabetic()).count();
                assert!(login.len() >= letters, "{name} became {login}");
            }
        }
    }
}
