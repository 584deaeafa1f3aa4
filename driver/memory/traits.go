package memory

import (
	"cmp"
	"context"

	"github.com/dockerhv/dockerhv/template"
)

var (
	_ template.Describer = Images{}
	_ template.Sharer    = Images{}
)

// platform is what all images on the host are made for, as the host is.
func (h *Host) platform() template.Platform {
	return cmp.Or(h.opts.Host.Platform, template.Platform{OS: "linux", Architecture: "amd64"})
}

// Traits tells the host's platform, and that it takes every layer: it unpacks none.
func (s Images) Traits(ctx context.Context) (traits template.Traits, err error) {
	err = s.driver.call(ctx, "describe host", "", func() error {
		traits = template.Traits{Platform: s.driver.host.platform(), Zstd: true}
		return nil
	})
	return traits, err
}

// Share does an installation once for all who ask the host for it.
func (s Images) Share(
	ctx context.Context, key string, opts template.InstallOptions, install template.Installer,
) (template.Image, error) {
	return s.driver.host.installs.Share(ctx, key, opts, install)
}
