namespace Vicinal.Server.Api.Discovery;

public readonly record struct CollectionName(string Singular, string Plural, string Path);
