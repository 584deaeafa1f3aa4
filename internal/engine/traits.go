package engine

import (
	"context"

	"github.com/docker/docker/api/types/versions"

	"github.com/dockerhv/dockerhv/template"
)

// zstdAPIVersion is that of Engine 23.0, the first that unpacks zstd. It is asked
// for by version because what an engine can't unpack it finds out last of all.
const zstdAPIVersion = "1.42"

// Traits tells what decides how an archive is sent.
func (s Images) Traits(ctx context.Context) (template.Traits, error) {
	version, err := s.cli.ServerVersion(ctx)
	if err != nil {
		return template.Traits{}, s.fail("describe host", "", err)
	}
	return template.Traits{
		Platform: template.Platform{OS: version.Os, Architecture: version.Arch},
		Zstd:     !versions.LessThan(version.APIVersion, zstdAPIVersion),
	}, nil
}

// Share does an installation once for all that ask this engine's connection for it.
func (s Images) Share(
	ctx context.Context, key string, opts template.InstallOptions, install template.Installer,
) (template.Image, error) {
	return s.installs.Share(ctx, key, opts, install)
}
