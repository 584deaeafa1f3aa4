// Package dockerhv makes a Docker Engine a hypervisor for cloud orchestrators.
//
// It restates, for any orchestrator and as an embeddable library, what Apache
// CloudStack planned as "Support Docker as a hypervisor" (CS-6664): hosts are
// discovered and registered, templates are brought onto a host, a guru turns
// what the cloud sells into what the engine is told, and a driver runs the
// instances.
//
// # Vocabulary
//
//   - A host is one Docker Engine that is managed; an endpoint is how it is
//     reached.
//   - A template is what an instance boots from, as the cloud registers it: a
//     Repository image, a Dockerfile or a Tarfile. An image is the OCI object
//     that a template became on a host, pinned by digest.
//   - An offering is the size that is sold. A profile is what the cloud asks
//     for; a spec is what the driver is told.
//   - An instance is what runs on a host for the cloud's user.
//
// # Flow
//
//	discover   endpoints of hosts            discovery.Discoverer
//	open       a driver for an endpoint      driver/docker.Open
//	register   a template                    template.Catalog
//	install    the template onto a host      template.TemplateSource
//	implement  a spec from a profile         guru.Guru
//	run        create, start ... destroy     driver.Driver
//
// # Reading order
//
// The example of this package runs the whole flow in one page. Then read
// package driver, whose Driver is the contract that an orchestrator calls, and
// package template, whose TemplateSource brings images onto a host. The
// contracts (this package, driver, guru, discovery and template) reach only the
// standard library, so whoever implements one of them compiles no Docker code.
//
// # State
//
// There is no database to lose: the owner, the instance's ID, the hash of its
// spec and the digest of its template are labels on the engine's own object. A
// restarted orchestrator lists its instances and carries on.
//
// # Errors
//
// Every error of this module is an [*Error] that says what was attempted, on
// what and where, of which class it is ([ErrNotFound], [ErrInvalid], ...) and
// what to do next, in one line.
package dockerhv
