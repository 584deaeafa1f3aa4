package repository

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"

	"github.com/dockerhv/dockerhv/template"
)

// dockerHub is how Docker's configuration names its own registry.
const dockerHub = "https://index.docker.io/v1/"

// DockerConfig returns credentials from Docker's configuration file in a folder,
// with its credential helpers and stores; the empty folder means the user's own
// ($DOCKER_CONFIG or ~/.docker). A registry that it does not know is anonymous. As with
// the docker command, a registry's own helper comes before the store for all, and that
// before the file; what DOCKER_AUTH_CONFIG has comes before all. A helper has 30 seconds.
func DockerConfig(folder string) func(context.Context, string) (template.Credential, error) {
	return func(ctx context.Context, registry string) (template.Credential, error) {
		file, err := config.Load(cmp.Or(folder, config.Dir()))
		if errors.Is(err, os.ErrNotExist) {
			return template.Credential{}, nil
		}
		if err != nil {
			return template.Credential{}, err
		}
		if registry == "docker.io" {
			registry = dockerHub
		}
		// An empty file has what the environment has, and asks no helper.
		if auth, err := configfile.New("").GetAuthConfig(registry); err == nil && auth != (types.AuthConfig{}) {
			return credentialOf(auth), nil
		}
		if helper := cmp.Or(file.CredentialHelpers[registry], file.CredentialsStore); helper != "" {
			return askHelper(ctx, helper, registry)
		}
		auth, err := file.GetAuthConfig(registry)
		if err != nil {
			return template.Credential{}, fmt.Errorf("read the credential for %s: %w", registry, err)
		}
		return credentialOf(auth), nil
	}
}

func credentialOf(auth types.AuthConfig) template.Credential {
	return template.Credential{
		Username: auth.Username, Password: auth.Password,
		IdentityToken: auth.IdentityToken, RegistryToken: auth.RegistryToken,
	}
}
