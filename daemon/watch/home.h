#pragma once

#include "daemon/run.h"
#include "daemon/watch/watch.h"

#include <string>
#include <utility>
#include <vector>

namespace bascule::daemon {

/// What `bascule watch` keeps under $XDG_STATE_HOME/bascule (else ~/.local/state/bascule), for this user alone: a CA,
/// made at the first call, and files that are made anew by each: a configuration, a bundle of the system's roots and
/// the CA, and what programs need to be told of it. Throws Error.
class Home {
  public:
    explicit Home(const WatchOptions& options);
    ~Home();
    Home(const Home&) = delete;

    RunOptions run;         ///< for the daemon
    std::string listener;   ///< its name
    std::string listen;     ///< IP:PORT, the port perhaps 0
    std::string ca;         ///< PEM file of our CA
    std::string bundle;     ///< PEM file of the system's roots, the caller's own ($SSL_CERT_FILE) and our CA
    std::string wget_file;  ///< for $WGETRC: wget knows no variable for a CA

  private:
    void make_ca(const std::string& folder);
    void use_own_configuration(const WatchOptions& options);
    void use_configuration(const WatchOptions& options);
    void write_bundle();
    void write_wget_file();

    std::string folder_;  ///< of this call
};

using Environment = std::vector<std::pair<std::string, std::string>>;

/// The variables by which programs find a proxy (at `address`) and what to trust.
Environment environment_for(const Home& home, const std::string& address);

}  // namespace bascule::daemon
