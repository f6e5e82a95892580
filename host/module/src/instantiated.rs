//! Checks that everything in a component is instantiated: unused core modules and components would be compiled for nothing.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, Encoding, Instance,
    Payload,
};

use super::refusal::{damaged, refusal};
use foldline_base::error::Result;

/// The nested parts being walked through, the outermost component first.
#[derive(Default)]
pub(super) struct Instantiated {
    /// `None` is a core module.
    scopes: Vec<Option<Scope>>,
}

/// For each item that a component defines, by index: whether it is instantiated. Items from elsewhere count where they are
/// defined.
#[derive(Default)]
struct Scope {
    modules: Vec<Item>,
    components: Vec<Item>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Unused,
    Instantiated,
    /// An item from elsewhere: an import, or an alias.
    Foreign,
}

impl Instantiated {
    /// Adds the next part of a component.
    ///
    /// # Errors
    /// `Module` for an item that nothing instantiates, and for a part that cannot be read.
    pub(super) fn add(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } => {
                self.scopes.push(Some(Scope::default()))
            }
            Payload::Version { .. } => self.scopes.push(None),
            Payload::End(_) => return self.scopes.pop().flatten().map_or(Ok(()), Scope::end),
            _ => {}
        }
        self.scopes.last_mut().and_then(Option::as_mut).map_or(Ok(()), |scope| scope.add(payload))
    }
}

impl Scope {
    fn add(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::ModuleSection { .. } => self.modules.push(Item::Unused),
            Payload::ComponentSection { .. } => self.components.push(Item::Unused),
            Payload::InstanceSection(instances) => {
                for instance in instances.clone() {
                    if let Instance::Instantiate { module_index, .. } = instance.map_err(damaged)? {
                        instantiate(&mut self.modules, module_index);
                    }
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances.clone() {
                    if let ComponentInstance::Instantiate { component_index, .. } =
                        instance.map_err(damaged)?
                    {
                        instantiate(&mut self.components, component_index);
                    }
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports.clone() {
                    self.take(import.map_err(damaged)?.ty.kind());
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases.clone() {
                    match alias.map_err(damaged)? {
                        ComponentAlias::InstanceExport { kind, .. } => self.take(kind),
                        ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, .. } => {
                            self.modules.push(Item::Foreign);
                        }
                        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, .. } => {
                            self.components.push(Item::Foreign);
                        }
                        _ => {}
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                // An export is a new item, with the next index.
                for export in exports.clone() {
                    self.take(export.map_err(damaged)?.kind);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(self) -> Result<()> {
        for (what, items) in [("core module", self.modules), ("component", self.components)] {
            if let Some(number) = items.iter().position(|item| *item == Item::Unused) {
                return Err(refusal(format!("holds a {what} that nothing instantiates (number {number})"))
                    .with_hint("build it with `foldline build`, which leaves out what is not used"));
            }
        }
        Ok(())
    }

    fn take(&mut self, kind: ComponentExternalKind) {
        match kind {
            ComponentExternalKind::Module => self.modules.push(Item::Foreign),
            ComponentExternalKind::Component => self.components.push(Item::Foreign),
            _ => {}
        }
    }
}

/// Validation of the component rejects an index that is out of bounds.
fn instantiate(items: &mut [Item], index: u32) {
    if let Some(item) = items.get_mut(index as usize)
        && *item == Item::Unused
    {
        *item = Item::Instantiated;
    }
}
