//! The engine asked by small tablets that sign real requests.

mod carers;
mod flow;
mod forgeries;
mod limits;
mod page;
mod push;
mod repair;
mod revoked;
mod rollback;
mod speed;
mod trial;
mod world;
mod writer;

/// Intake and stream never load a document: they cannot even name the library.
#[test]
fn intake_and_stream_cannot_name_the_document_library() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for folder in ["intake", "stream"] {
        for file in std::fs::read_dir(source.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("automerge"), "{}", path.display());
            assert!(!text.contains("document::"), "{}", path.display());
        }
    }
}
